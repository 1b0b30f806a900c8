"""Conditions on the event that guard a write, where they can be recognised."""

from __future__ import annotations

import re
from collections.abc import Callable

from lambdaspec.handlers import ir
from lambdaspec.handlers.values import (
    UNKNOWN,
    Condition,
    Env,
    Ext,
    Num,
    Path,
    Piece,
    Rec,
    Seq,
    Str,
    Sum,
    Test,
    Value,
    alternatives,
    literal,
)

_TESTS = {
    "startswith": "prefix",
    "startsWith": "prefix",
    "StartsWith": "prefix",
    "HasPrefix": "prefix",
    "endswith": "suffix",
    "endsWith": "suffix",
    "EndsWith": "suffix",
    "HasSuffix": "suffix",
    "includes": "contains",
    "contains": "contains",
    "Contains": "contains",
    "equals": "equals",
    "Equals": "equals",
}
_SEARCHES = ("indexOf", "find", "rfind", "IndexOf", "lastIndexOf", "LastIndexOf", "Index")
_MATCHES = ("test", "match", "search", "fullmatch")
_PLAIN = re.compile(
    r"(?P<begin>\^?)(?P<text>(?:[\w/ ~@#%&=:;,!<>'\"-]|\\[^\w\s])+)(?P<end>\$?)", re.ASCII
)
_PRESENT = ("hasOwnProperty", "containsKey", "ContainsKey", "has", "TryGetProperty")
_RECORDS = ("json", "detail", "messageAttributes", "MessageAttributes", "attributes")
"""Parts of an event that are records: `in` asks them for a key, and a text for a part."""

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def conditions(
    test: ir.Expr, value: Callable[[ir.Expr], Value], *, positive: bool
) -> tuple[Condition, ...]:
    """What must hold of the event where a test holds (or fails); unknown parts say nothing."""
    match test:
        case ir.Logic(op="not", items=[inner]):
            return conditions(inner, value, positive=not positive)
        case ir.Logic(op="and", items=items) if positive:
            return tuple(c for one in items for c in conditions(one, value, positive=True))
        case ir.Logic(op="or", items=items) if not positive:
            return tuple(c for one in items for c in conditions(one, value, positive=False))
        case ir.Compare(op=op, left=ir.Call() as call, right=right) if searched(call):
            return _searched(op, call, value, value(right), positive=positive)
        case ir.Compare(op=op, left=left, right=ir.Call() as call) if searched(call):
            op = _MIRRORED.get(op, op)
            return _searched(op, call, value, value(left), positive=positive)
        case ir.Compare(op=op, left=left, right=right):
            return _compared(op, value(left), value(right), positive=positive)
        case ir.Call(callee=ir.Member(of=of, name=name), args=[key]) if name in _PRESENT:
            return _keyed(value(of), value(key), positive=positive)
        case ir.Call(callee=ir.Member(of=of, name=name), args=args) if name in _TESTS and args:
            owner, worth = value(of), value(args[0])
            if isinstance(owner, Ext) and len(args) > 1:  # Go: strings.HasSuffix(text, suffix)
                owner, worth = worth, value(args[1])
            if isinstance(owner, Seq):  # whether the text is one of a list
                return _among(worth, owner, positive=positive)
            return _tested(_TESTS[name], owner, worth, positive=positive)
        case ir.Call(callee=ir.Member(of=of, name=name), args=args) if name in _MATCHES and args:
            return _matched(name, value(of), [value(one) for one in args], positive=positive)
        case ir.Member() | ir.Index() | ir.Name() | ir.Call():
            return _held(value(test), positive=positive)
        case _:
            return ()


def tested(test: ir.Expr, value: Callable[[ir.Expr], Value]) -> Value:
    """What a comparison gives: a value that can be asked later, if it is about the event."""
    holds = conditions(test, value, positive=True)
    fails = conditions(test, value, positive=False)
    return Test(holds, fails) if holds or fails else UNKNOWN


def _held(value: Value, *, positive: bool) -> tuple[Condition, ...]:
    """A part of the event that is true, or a test that a variable or a function gives."""
    if isinstance(value, Test):
        return value.holds if positive else value.fails
    path = _path(value)
    return () if path is None else (Condition(path, "true", 1, positive),)


def asks(call: ir.Call) -> bool:
    """Whether a call is a test of a text or record, by its name."""
    return (
        isinstance(call.callee, ir.Member)
        and (call.callee.name in (*_TESTS, *_PRESENT, *_MATCHES))
        and bool(call.args)
    )


def _keyed(owner: Value, key: Value, *, positive: bool) -> tuple[Condition, ...]:
    """Whether a record of the event has a key."""
    name = literal(key)
    base = owner.base if isinstance(owner, Rec) else owner
    if name is None or not isinstance(base, Path) or "?" in base.steps:
        return ()
    return (Condition(Path((*base.steps, name)), "present", 1, positive),)


def _tested(test: str, owner: Value, worth: Value, *, positive: bool) -> tuple[Condition, ...]:
    path, known = _path(owner), _texts(worth)
    if path is None or not known:
        return ()
    if not positive and isinstance(worth, Seq) and not worth.whole:
        return ()  # something else may not be in the list after all
    if test == "contains" and any(special in one for one in known for special in "*\\"):
        return ()
    if positive and len(known) > 1:
        return (Condition(path, test, tuple(known), holds=True),)
    return tuple(Condition(path, test, one, positive) for one in known)


def _texts(worth: Value) -> list[str] | None:
    """The text, or the texts of a list; None if not all of them are known."""
    texts = [literal(one) for one in (worth.items if isinstance(worth, Seq) else [worth])]
    known = [one for one in texts if one is not None]
    return known if len(known) == len(texts) else None


def _among(owner: Value, several: Seq, *, positive: bool) -> tuple[Condition, ...]:
    """Whether a part of the event is one of several texts."""
    if not several.items:
        return ()
    if isinstance(owner, Piece):
        return _of_piece(owner, several, positive=positive)
    return _tested("equals", owner, several, positive=positive)


def _of_piece(piece: Piece, worth: Value, *, positive: bool) -> tuple[Condition, ...]:
    """What a text is like whose first or last piece, or extension, is this text, or is not."""
    known = _texts(worth)
    if known is None or not all(one and _possible(piece, one) for one in known):
        return ()
    last = piece.last or not piece.by
    if not positive:
        known = [piece.by + one if last else one + piece.by for one in known]
    whole = not isinstance(worth, Seq) or worth.whole
    worth = Seq([Str((one,)) for one in known], whole)
    return _tested("suffix" if last else "prefix", piece.of, worth, positive=positive)


def _possible(piece: Piece, text: str) -> bool:
    """Whether a piece can be this text at all."""
    if piece.by:
        return piece.by not in text
    return text.startswith(".") and text.count(".") == 1 and "/" not in text


def searched(call: ir.Call) -> bool:
    """Whether a call says where one text begins in another."""
    return isinstance(call.callee, ir.Member) and call.callee.name in _SEARCHES and bool(call.args)


def _searched(
    op: str,
    call: ir.Call,
    value: Callable[[ir.Expr], Value],
    place: Value,
    *,
    positive: bool,
) -> tuple[Condition, ...]:
    """`text.indexOf(part) > -1` and the like: whether a part is there, or at the beginning."""
    if not isinstance(call.callee, ir.Member) or not isinstance(place, Num):
        return ()
    owner, worth = value(call.callee.of), value(call.args[0])
    if isinstance(owner, Ext) and len(call.args) > 1:  # Go: strings.Index(text, part)
        owner, worth = worth, value(call.args[1])
    op = op if positive else _OPPOSITE.get(op, op)
    there = {(">", -1), (">=", 0), ("!=", -1), (">", 0), (">=", 1)}
    missing = {("==", -1), ("<", 0), ("<=", -1)}
    where = (op, place.value)
    if place.value == 0 and op in ("==", "!="):
        last = call.callee.name.lower().startswith(("last", "rfind"))
        return () if last else _tested("prefix", owner, worth, positive=op == "==")
    if where in there or where in missing:
        return _tested("contains", owner, worth, positive=where in there)
    return ()


def _matched(
    name: str, owner: Value, args: list[Value], *, positive: bool
) -> tuple[Condition, ...]:
    """A regular expression that is plain text, perhaps with `^` before it or `$` behind it."""
    pattern, text = (owner, args[0]) if name == "test" else (args[0], owner)
    if isinstance(owner, Ext):  # re.search(pattern, text)
        if owner.path != "re" or len(args) != 2:
            return ()
        pattern, text = args
    elif name not in ("test", "match"):
        return ()
    if isinstance(pattern, Rec) and pattern.kind == "RegExp":
        if set(literal(pattern.fields.get("flags", UNKNOWN)) or "") - set("gu"):
            return ()
        pattern = pattern.fields.get("source", UNKNOWN)
    source = literal(pattern)
    found = None if source is None else _PLAIN.fullmatch(source)
    if found is None:
        return ()
    whole = name == "fullmatch"
    begins = bool(found["begin"]) or whole or (isinstance(owner, Ext) and name == "match")
    ends = bool(found["end"]) or whole
    test = {(True, False): "prefix", (False, True): "suffix", (True, True): "equals"}
    kind = test.get((begins, ends), "contains")
    plain = re.sub(r"\\(.)", r"\1", found["text"])
    return _tested(kind, text, Str((plain,)), positive=positive)


def _path(value: Value) -> Path | None:
    """The part of the event that a value is; a default beside it does not matter."""
    found = _counted(value)
    return found[0] if found is not None and found[1] == 0 else None


def _counted(value: Value) -> tuple[Path, int] | None:
    """A part of the event plus a number; a number beside it is what it begins with."""
    found: set[tuple[Path, int]] = set()
    for one in alternatives(value):
        match one:
            case Path() as path:
                found.add((path, 0))
            case Str(parts=[Path() as path]):
                found.add((path, 0))
            case Sum(path=path, add=add):
                found.add((path, add))
            case Num():
                continue
            case _:
                return None
    if len(found) != 1:
        return None
    ((path, add),) = found
    return None if "?" in path.steps else (path, add)


def _compared(op: str, left: Value, right: Value, *, positive: bool) -> tuple[Condition, ...]:
    if op == "in":
        record = isinstance(right, Rec) or (
            isinstance(right, Path) and right.steps[-1:] and right.steps[-1] in _RECORDS
        )
        if record:
            return _keyed(right, left, positive=positive)
        if isinstance(right, Seq):
            return _among(left, right, positive=positive)
        return _tested("contains", right, left, positive=positive)
    if op in ("==", "!="):
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Piece):
                return _of_piece(one, other, positive=positive == (op == "=="))
    if op not in _OPPOSITE:
        return ()
    counted, worth = _counted(left), right
    if counted is None:
        counted, worth, op = _counted(right), left, _MIRRORED[op]
    if counted is None:
        return ()
    (path, add), text = counted, literal(worth)
    equal = op in ("==", "!=")
    if text is not None and equal and add == 0:
        return (Condition(path, "equals", text, positive == (op == "==")),)
    if isinstance(worth, Str) and len(worth.parts) == 1 and isinstance(worth.parts[0], Env):
        sign = op if positive else _OPPOSITE[op]
        return (Condition(path, sign, worth.parts[0], holds=True, offset=add),)
    if not isinstance(worth, Num):
        return ()
    number = worth.value
    if number is None and equal:
        return (Condition(path, "present", 1, positive == (op == "!=")),)
    if isinstance(number, bool) and equal:
        return (Condition(path, "true", 1, (positive == (op == "==")) == number),)
    if isinstance(number, int) and not isinstance(number, bool):
        return (Condition(path, op if positive else _OPPOSITE[op], number - add, holds=True),)
    return ()
