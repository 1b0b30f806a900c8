"""Conditions on the event that guard a write, where they can be recognised."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from lambdaspec.handlers import ir
from lambdaspec.handlers.values import Env, Num, Path, Rec, Str, Sum, Value, alternatives, literal

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
_PRESENT = ("hasOwnProperty", "containsKey", "ContainsKey", "has", "TryGetProperty")
_RECORDS = ("json", "detail", "messageAttributes", "MessageAttributes", "attributes")
"""Parts of an event that are records: `in` asks them for a key, and a text for a part."""

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@frozen
class Condition:
    """A test of a part of the event.

    Attributes:
        path: the part of the event.
        test: what is tested: `prefix`, `suffix`, `contains`, `equals`, `present` (the part is
            there), `true` (it is there and not empty, 0 or false), or `<`, `<=`, `>`, `>=`, `==`,
            `!=`.
        worth: the text, number or truth value that it is compared with, or the environment
            variable that holds the number.
        holds: whether the test holds where the write is made.
        offset: what was added to the part before it was compared with a variable.

    """

    path: Path
    test: str
    worth: str | int | Env
    holds: bool
    offset: int = 0


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
        case ir.Compare(op=op, left=left, right=right):
            return _compared(op, value(left), value(right), positive=positive)
        case ir.Call(callee=ir.Member(of=of, name=name), args=[key]) if name in _PRESENT:
            return _keyed(value(of), value(key), positive=positive)
        case ir.Call(callee=ir.Member(of=of, name=name), args=args) if name in _TESTS and args:
            owner, worth = value(of), value(args[0])
            if name.startswith("Has") and len(args) > 1:  # Go: strings.HasSuffix(text, suffix)
                owner, worth = worth, value(args[1])
            return _tested(_TESTS[name], owner, worth, positive=positive)
        case ir.Member() | ir.Index() | ir.Name() | ir.Call():
            path = _path(value(test))
            return () if path is None else (Condition(path, "true", 1, positive),)
        case _:
            return ()


def _keyed(owner: Value, key: Value, *, positive: bool) -> tuple[Condition, ...]:
    """Whether a record of the event has a key."""
    name = literal(key)
    base = owner.base if isinstance(owner, Rec) else owner
    if name is None or not isinstance(base, Path) or "?" in base.steps:
        return ()
    return (Condition(Path((*base.steps, name)), "present", 1, positive),)


def _tested(test: str, owner: Value, worth: Value, *, positive: bool) -> tuple[Condition, ...]:
    path, text = _path(owner), literal(worth)
    if path is None or text is None:
        return ()
    return (Condition(path, test, text, positive),)


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
        return _tested("contains", right, left, positive=positive)
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
