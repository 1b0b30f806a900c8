"""Conditions on the event that guard a write in a handler, as guards of the emission.

Texts become conditions (`where`) on the field that the write's own payload sets again (`texts`);
integers become guards (`when`) with updates. A condition counts only if what the write makes of
the same field is known: else the write may happen for ever, and the condition is dropped.
"""

from __future__ import annotations

from attrs import evolve, frozen

from lambdaspec.architecture.elements import Architecture, Emission, Evidence
from lambdaspec.architecture.entries import sent_to
from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.architecture.patterns import Leaf
from lambdaspec.handlers.guards import Condition
from lambdaspec.handlers.interpret import Written
from lambdaspec.handlers.sdk import Operation
from lambdaspec.handlers.values import (
    UNKNOWN,
    Num,
    Path,
    Rec,
    Str,
    Sum,
    Value,
    alternatives,
)

_BODIES = ("body", "message", "detail", "data", "payload", "value")
_KEY = ("s3", "object", "key")


@frozen
class Guarded:
    """The guards of an emission and what it makes of the fields that they test."""

    when: tuple[Guard, ...] = ()
    updates: tuple[Update, ...] = ()
    where: tuple[Leaf, ...] = ()
    texts: tuple[tuple[str, str | bool | None], ...] = ()


def guarded(call: Written, operation: Operation) -> Guarded:
    """What of a call's conditions is known to hold again, or not, for what it writes."""
    when: list[Guard] = []
    updates: dict[str, Update] = {}
    where: list[Leaf] = []
    for one in call.conditions:
        if isinstance(one.worth, str):
            leaf = _leaf(one, call)
            where += [] if leaf is None else [leaf]
            continue
        field = field_of(one.path)
        if field is None:
            continue
        update = _update(field, call, operation)
        guard = _guard(field, one)
        if update is not None and guard is not None:
            when.append(guard)
            updates[field] = update
    return Guarded(tuple(when), tuple(updates.values()), tuple(where))


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


def _leaf(one: Condition, call: Written) -> Leaf | None:
    """A test of the key of the object that the event is about."""
    steps = tuple(step.lower() for step in one.path.steps)
    if call.service != "s3" or steps[-2:] != _KEY[1:]:
        return None
    word = one.test
    match word, one.holds:
        case "prefix" | "suffix", True:
            rule: object = {word: one.worth}
        case "prefix" | "suffix", False:
            rule = {"anything-but": {word: one.worth}}
        case "equals", True:
            rule = one.worth
        case "equals", False:
            rule = {"anything-but": [one.worth]}
        case "contains", True:
            rule = {"wildcard": f"*{one.worth}*"}
        case _:
            rule = {"anything-but": {"wildcard": f"*{one.worth}*"}}
    return Leaf(("object", "key"), (rule,))


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
    worth = one.worth
    if not isinstance(worth, int):
        return None
    match one.test:
        case "<":
            return Guard(field, None, worth)
        case "<=":
            return Guard(field, None, worth + 1)
        case ">":
            return Guard(field, worth + 1, None)
        case ">=":
            return Guard(field, worth, None)
        case "==":
            return Guard(field, worth, worth + 1)
        case _:
            return None


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
