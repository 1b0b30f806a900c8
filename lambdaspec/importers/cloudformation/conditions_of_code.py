"""Conditions on the event that guard a write in a handler, as guards of the emission.

Texts become conditions (`where`) on the field that the write's own payload sets again (`texts`);
integers become guards (`when`) with updates. A condition counts only if what the write makes of
the same field is known: else the write may happen for ever, and the condition is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import evolve, frozen

from lambdaspec.architecture.conditions import HOLE_ONLY, SOMETHING
from lambdaspec.architecture.elements import Architecture, Emission, Evidence
from lambdaspec.architecture.entries import sent_to
from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.architecture.patterns import Leaf
from lambdaspec.diagnostics import Finding, Level
from lambdaspec.handlers.interpret import Written
from lambdaspec.handlers.sdk import Operation
from lambdaspec.handlers.values import (
    GONE,
    UNKNOWN,
    Condition,
    Env,
    Num,
    Path,
    Rec,
    Replaced,
    Str,
    Sum,
    Value,
    alternatives,
)

_BODIES = ("body", "message", "detail", "data", "payload", "value")
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_KEY = ("s3", "object", "key")


@frozen
class Guarded:
    """The guards of an emission and what it makes of the fields that they test."""

    when: tuple[Guard, ...] = ()
    updates: tuple[Update, ...] = ()
    where: tuple[Leaf, ...] = ()
    texts: tuple[tuple[str, str | bool | None], ...] = ()


def guarded(call: Written, operation: Operation, number: Callable[[Env], int | None]) -> Guarded:
    """What of a call's conditions is known to hold again, or not, for what it writes.

    Args:
        call: the call.
        operation: what it does.
        number: the number in an environment variable; None if it is not known.

    """
    when: list[Guard] = []
    updates: dict[str, Update] = {}
    where: list[Leaf] = []
    texts: dict[str, str | bool | None] = {}
    for told in call.conditions:
        one = told
        if isinstance(one.worth, Env):
            known = number(one.worth)
            if known is None:
                continue
            one = evolve(one, worth=known - one.offset, offset=0)
        if one.test in _COMPARISONS and isinstance(one.worth, int):
            field = field_of(one.path)
            update = None if field is None else _update(field, call, operation)
            guard = None if field is None else _guard(field, one)
            if field is not None and update is not None and guard is not None:
                when.append(guard)
                updates[field] = update
            continue
        leaf = _leaf(one, call)
        if leaf is not None:
            where.append(leaf)
            if leaf.path != _KEY[1:]:
                field = ".".join(leaf.path)
                texts[field] = said(_sent(field, call, operation))
    return Guarded(tuple(when), tuple(updates.values()), tuple(where), tuple(texts.items()))


def said(value: Value) -> str | bool | None:
    """A value that is written, as far as it is known (PAYLOAD-TEXT)."""
    match value:
        case Num(value=bool() as truth):
            return truth
        case Num(value=number) if number:
            return SOMETHING
        case Str():
            text = pattern(value)
            return text if text != HOLE_ONLY else SOMETHING
        case Rec(fields=fields, base=base) if fields or base is None:
            return True  # there, and neither empty nor false
        case _ if value == GONE:
            return None
        case _:
            return HOLE_ONLY


def pattern(value: Value, begins: str = "") -> str:
    """A text as a pattern with holes; `begins` is how every key that arrives begins."""
    if not isinstance(value, Str):
        return HOLE_ONLY
    pieces: list[str] = []
    for part in value.parts:
        if isinstance(part, Replaced) and begins.startswith(part.old):
            rest = begins[len(part.old) :]
            if part.old not in rest:
                pieces.append((part.new + rest).replace("{", "").replace("}", "") + HOLE_ONLY)
                continue
        text = part.replace("{", "").replace("}", "") if isinstance(part, str) else HOLE_ONLY
        if text != HOLE_ONLY or pieces[-1:] != [HOLE_ONLY]:
            pieces.append(text)
    return "".join(pieces) or HOLE_ONLY


def trusted(architecture: Architecture) -> Architecture:
    """The architecture without guards on integers that another write on the way may set anew.

    A counter bounds a loop only if every write that can lead back keeps it; of what was inferred
    without knowing what is sent nobody knows that.
    """
    reached = {name: _reach(architecture, name) for name in architecture.functions}
    functions = dict(architecture.functions)
    for name, function in functions.items():
        emits = tuple(
            one if _kept(architecture, reached, name, one) else evolve(one, when=(), updates=())
            for one in function.emits
        )
        functions[name] = evolve(function, emits=emits)
    return evolve(architecture, functions=functions)


COUNTDOWN = 1_000
"""What a number that a handler counts down is taken to begin with (PAYLOAD-COUNTDOWN)."""


def counted_down(architecture: Architecture) -> Architecture:
    """The architecture with events from outside that bring what handlers count down.

    A field with a guard from above as well keeps only that one: no single start passes both.
    """
    guards = [
        (emission, guard)
        for function in architecture.functions.values()
        for emission in function.emits
        if emission.evidence is Evidence.CODE
        for guard in emission.when
    ]
    limited = {guard.field for _, guard in guards if guard.below is not None}
    down = {guard.field: emission for emission, guard in guards if guard.field not in limited}
    if not down and not limited:
        return architecture

    def clear(emission: Emission) -> Emission:
        if emission.evidence is not Evidence.CODE:
            return emission
        when = [g for g in emission.when if g.below is not None or g.field not in limited]
        return evolve(emission, when=tuple(when))

    functions = {
        name: evolve(one, emits=tuple(map(clear, one.emits)))
        for name, one in architecture.functions.items()
    }
    starts = tuple((name, COUNTDOWN) for name in down)
    entries = tuple(
        evolve(e, payload=(*(one for one in starts if one[0] not in dict(e.payload)), *e.payload))
        for e in architecture.entries
    )
    remarks = [
        Finding(
            "LS109",
            Level.NOTE,
            f"`{name}` is counted down from what the event brings, taken to be {COUNTDOWN:,} "
            "(PAYLOAD-COUNTDOWN)",
            "",
            emission.span,
        )
        for name, emission in down.items()
    ]
    return evolve(
        architecture,
        functions=functions,
        entries=entries,
        remarks=(*architecture.remarks, *remarks),
    )


def _kept(
    architecture: Architecture, reached: dict[str, set[str]], name: str, emission: Emission
) -> bool:
    if emission.evidence is not Evidence.CODE or not emission.when:
        return True
    fields = {guard.field for guard in emission.when}
    for other, function in architecture.functions.items():
        if other not in reached[name] and other != name:
            continue
        for one in function.emits:
            back = one.to == name or name in _reach(architecture, one.to)
            told = one.evidence is Evidence.DECLARED or fields <= {u.field for u in one.updates}
            if one != emission and back and not told and not one.by_platform:
                return False
    return True


def _reach(architecture: Architecture, name: str) -> set[str]:
    targets = sent_to(architecture)
    found: set[str] = set()
    todo = [name]
    while todo:
        for target in targets.get(todo.pop(), ()):
            if target not in found:
                found.add(target)
                todo.append(target)
    return found


def told(call: Written, operation: Operation) -> Iterator[tuple[str, str | bool | None]]:
    """What a write says of its payload: the fields of its body, and its attributes."""
    for name in operation.body:
        if name in call.parameters.fields:
            yield from flat(call.parameters.fields[name])
            break
    attributes = call.parameters.fields.get("messageattributes")
    if isinstance(attributes, Rec):
        for name in attributes.fields:
            field = f"attributes.{name}"
            yield field, said(_sent(field, call, operation))


def flat(value: Value, before: str = "") -> list[tuple[str, str | bool | None]]:
    """What is said of the fields of a record, whichever it is, those inside others by their way."""
    several = [_flat(one, before) for one in alternatives(value)]
    first = dict(several[0]) if several else {}
    return [
        (name, text)
        for name, text in first.items()
        if all(name in dict(one) and dict(one)[name] == text for one in several)
    ]


def _flat(value: Value, before: str) -> list[tuple[str, str | bool | None]]:
    if not isinstance(value, Rec):
        return []
    found: list[tuple[str, str | bool | None]] = []
    for name, inner in value.fields.items():
        if isinstance(inner, Rec):
            found += flat(inner, f"{before}{name}.")
        else:
            found.append((before + name, said(inner)))
    return found


def _leaf(one: Condition, call: Written) -> Leaf | None:
    """A test of the key of the object that the event is about, or of a field of its payload."""
    steps = tuple(step.lower() for step in one.path.steps)
    if steps[-2:] == _KEY[1:]:
        if call.service != "s3" or one.test in ("present", "true"):
            return None
        return Leaf(_KEY[1:], _text_rules(one))
    field = field_of(one.path)
    if field is None or (one.test == "contains" and not one.holds):
        return None
    return Leaf(tuple(field.split(".")), _rules(one))


def _rules(one: Condition) -> tuple[object, ...]:
    """What a field of the payload may be where a test of it holds or fails."""
    match one.test, one.holds:
        case "present", holds:
            return ({"exists": holds},)
        case "true", True:
            return ({"anything-but": ["", 0]}, True)
        case "true", False:
            return ({"exists": False}, False, "", 0, None)
        case _, True:
            return _text_rules(one)
        case _:
            return (_text_rule(one), {"exists": False})


def _text_rules(one: Condition) -> tuple[object, ...]:
    """What a text may be: one rule, or one for each text of which any will do."""
    several = one.worth if isinstance(one.worth, tuple) else (one.worth,)
    return tuple(_text_rule(evolve(one, worth=worth)) for worth in several)


def _text_rule(one: Condition) -> object:
    word = one.test
    match word, one.holds:
        case "prefix" | "suffix", True:
            return {word: one.worth}
        case "prefix" | "suffix", False:
            return {"anything-but": {word: one.worth}}
        case "equals", True:
            return one.worth
        case "equals", False:
            return {"anything-but": [one.worth]}
        case "contains", True:
            return {"wildcard": f"*{one.worth}*"}
        case _:
            return {"anything-but": {"wildcard": f"*{one.worth}*"}}


def field_of(path: Path) -> str | None:
    """The payload's field that a part of the event is; None where that cannot be told."""
    steps = [step for step in path.steps if step not in ("[]", "json")]
    if "?" in steps or not steps:
        return None
    lower = [step.lower() for step in steps]
    if lower[0] == "records":
        steps, lower = steps[1:], lower[1:]
    if "messageattributes" in lower:
        at = lower.index("messageattributes")
        rest = [s for s in steps[at + 1 :] if s.lower() not in ("stringvalue", "value")]
        return ".".join(["attributes", *rest]) if rest else None
    for body in _BODIES:
        if body in lower:
            rest = steps[lower.index(body) + 1 :]
            return ".".join(rest) if rest else None
    return ".".join(steps)


def _guard(field: str, one: Condition) -> Guard | None:
    """A comparison as a guard; of an equality only that the field is not above it is kept."""
    worth = one.worth
    if not isinstance(worth, int):
        return None
    below = {"<": worth, "<=": worth + 1, "==": worth + 1}.get(one.test)
    if below is not None:
        return Guard(field, None, below) if below > 0 else None
    at_least = {">": worth + 1, ">=": worth}.get(one.test)
    return None if at_least is None or at_least <= 0 else Guard(field, at_least, None)


def _update(field: str, call: Written, operation: Operation) -> Update | None:
    """What a write makes of an integer of the payload, if that is known."""
    value = _sent(field, call, operation)
    match value:
        case Num(value=int() as number) if not isinstance(number, bool):
            return Update(field, number, adds=False)
        case Sum(path=path, add=add) if field_of(path) == field:
            return Update(field, add, adds=True)
        case Path() as path if field_of(path) == field:
            return Update(field, 0, adds=True)
        case _:
            return None


def _sent(field: str, call: Written, operation: Operation) -> Value:
    fields = call.parameters.fields
    names = field.split(".")
    if names[0] == "attributes":
        holder: Value = fields.get("messageattributes", UNKNOWN)
        found = _inside(holder, names[1:])
        for one in alternatives(found):
            if isinstance(one, Rec):
                return one.fields.get("StringValue", one.fields.get("stringValue", UNKNOWN))
        return found
    for name in operation.body:
        if name in fields:
            return _inside(fields[name], names)
    return UNKNOWN


def _inside(value: Value, names: list[str]) -> Value:
    for name in names:
        if isinstance(value, Path):
            return Path((*value.steps, *names))
        if isinstance(value, Rec) and name not in value.fields and value.base is not None:
            return Path((*value.base.steps, *names))
        if not isinstance(value, Rec) or name not in value.fields:
            return UNKNOWN
        value = value.fields[name]
    numbers = [one for one in alternatives(value) if isinstance(one, Sum | Num | Path)]
    if isinstance(value, Str) and len(value.parts) == 1 and isinstance(value.parts[0], Path):
        return value.parts[0]
    return numbers[0] if len(numbers) == 1 else value
