"""Conditions on texts, booleans and presence, told in integers.

The machine and the flow know integers only. For each condition that some trigger or emission has on
a field there is an integer of the payload that is 1 exactly while the field's value surely fails
it. What writes a value sets it; a condition is a guard that it is 0. A value that is not known may
meet every condition, which is also what an event from outside starts with (PAYLOAD-TEXT). A field
that is compared or counted as an integer stays one: its conditions become guards on itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve

from lambdaspec.architecture.elements import (
    Architecture,
    Emission,
    Evidence,
    External,
    Filter,
    Function,
)
from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.architecture.keys import HOLE
from lambdaspec.architecture.patterns import ABSENT, Dialect, Leaf, leaf_matches, leaves

ENVELOPE = ("source", "detail-type", "attributes", "eventName", "dynamodb")
"""Fields around the payload, which each write makes anew: what it does not say may be anything."""

Fields = dict[str, dict[str, tuple[Leaf, Dialect]]]
"""The conditions on each field, by the name of the integer that tells whether one fails."""

_BODIES = {"detail", "body", "data"}
"""Where the payload stands in what a pattern sees."""


def read_pattern(pattern: Mapping[str, Any], dialect: Dialect, inside: str = "") -> Filter:
    """A filter that lets pass what a pattern without problems lets pass.

    Args:
        pattern: the pattern.
        dialect: whose rules hold.
        inside: a field in which everything of it stands, such as `attributes`.

    """
    found = []
    for leaf in leaves(pattern):
        path = (inside, *leaf.path) if inside else leaf.path
        if path[0] in _BODIES and len(path) > 1:
            path = path[1:]
        found.append(evolve(leaf, path=path))
    ordered = sorted(found, key=lambda leaf: leaf.path)  # their order means nothing
    return Filter(opaque=True, leaves=tuple(ordered), dialect=dialect)


def lowered(architecture: Architecture) -> Architecture:
    """The architecture with all conditions as guards on integers."""
    triggers = [getattr(one, "filter", None) for one in architecture.triggers]
    asked = [(leaf, one.dialect) for one in triggers if one is not None for leaf in one.leaves]
    asked += [
        (leaf, Dialect.EVENTBRIDGE) for _, _, e in architecture.emissions() for leaf in e.where
    ]
    if not asked:
        return architecture
    integers = _integers(architecture)
    by_field: Fields = {}
    for leaf, dialect in asked:
        field = ".".join(leaf.path)
        if field not in integers:
            by_field.setdefault(field, {})[_name(leaf, dialect)] = (leaf, dialect)
    by_field = _failed(architecture, by_field)

    def emitted(emission: Emission) -> Emission:
        guards = tuple(_guards(emission.where, Dialect.EVENTBRIDGE, integers, by_field))
        says = dict(emission.texts)
        fresh = {f: HOLE_ONLY for f in by_field if f.split(".")[0] in ENVELOPE}
        updates = tuple(_updates({**fresh, **says}, by_field))
        return evolve(
            emission, when=(*emission.when, *guards), updates=(*emission.updates, *updates)
        )

    def written(emitter: Any) -> Any:
        return evolve(emitter, emits=tuple(emitted(one) for one in emitter.emits))

    functions: dict[str, Function] = {n: written(f) for n, f in architecture.functions.items()}
    channels = {
        n: written(c) if isinstance(c, External) else c for n, c in architecture.channels.items()
    }
    kept = []
    for trigger in architecture.triggers:
        one = getattr(trigger, "filter", None)
        if one is not None and one.leaves:
            guards = tuple(_guards(one.leaves, one.dialect, integers, by_field))
            trigger = evolve(trigger, filter=evolve(one, when=(*one.when, *guards)))  # noqa: PLW2901
        kept.append(trigger)
    entries = tuple(
        evolve(
            entry,
            payload=(
                *entry.payload,
                *((u.field, u.value) for u in _updates(dict(entry.texts), by_field) if u.value),
            ),
        )
        for entry in architecture.entries
    )
    return evolve(
        architecture,
        functions=functions,
        channels=channels,
        triggers=tuple(kept),
        entries=entries,
    )


HOLE_ONLY = "{}"
"""A value of which nothing is known."""

SOMETHING = "{}{}"
"""A value of which only that it is there is known."""


def frank(architecture: Architecture) -> Architecture:
    """The architecture with inferred writes saying of every field in question that it is unknown.

    What a declared write does not name stays as it was; of a write that was only inferred, from a
    handler, a variable or a permission, nobody says what it sends (PAYLOAD-TEXT).
    """
    filters = [getattr(one, "filter", None) for one in architecture.triggers]
    leaves_of = [leaf for one in filters if one is not None for leaf in one.leaves]
    leaves_of += [leaf for _, _, emission in architecture.emissions() for leaf in emission.where]
    fields = {".".join(leaf.path): HOLE_ONLY for leaf in leaves_of}

    def spoken(emission: Emission) -> Emission:
        if emission.evidence is Evidence.DECLARED or emission.by_platform or not fields:
            return emission
        return evolve(emission, texts=tuple({**fields, **dict(emission.texts)}.items()))

    functions = {
        name: evolve(one, emits=_distinct([spoken(each) for each in one.emits]))
        for name, one in architecture.functions.items()
    }
    channels = {
        name: evolve(one, emits=tuple(map(spoken, one.emits))) if isinstance(one, External) else one
        for name, one in architecture.channels.items()
    }
    return evolve(architecture, functions=functions, channels=channels)


def _distinct(emissions: list[Emission]) -> tuple[Emission, ...]:
    """Each write once: a handler's loop was followed more than once round."""
    found: list[Emission] = []
    for one in emissions:
        if one not in found:
            found.append(one)
    return tuple(found)


def may_match(leaf: Leaf, value: object, dialect: Dialect) -> bool:
    """Whether a value passes a condition; a text with holes does if some text for them passes."""
    if value == HOLE_ONLY:
        return True
    if not isinstance(value, str) or not HOLE.search(value):
        return leaf_matches(leaf.matches, ABSENT if value is None else value, dialect)
    return any(_shape_may(one, value) for one in leaf.matches)


def _shape_may(match: Any, shape: str) -> bool:
    if isinstance(match, str):
        return _common(HOLE.split(shape), [match])
    if not isinstance(match, Mapping):
        return False  # a text is neither a number nor a boolean nor nothing
    ((name, wanted),) = match.items()
    if name in ("prefix", "suffix", "wildcard", "equals-ignore-case"):
        pieces = HOLE.split(shape)
        if isinstance(wanted, Mapping):
            wanted = wanted["equals-ignore-case"]
            pieces, wanted = [p.lower() for p in pieces], wanted.lower()
        if name == "equals-ignore-case":
            return _common([piece.lower() for piece in pieces], [wanted.lower()])
        if name == "wildcard":
            return _common(pieces, [w.replace("\\*", "*") for w in re.split(r"(?<!\\)\*", wanted)])
        return _common(pieces, [wanted, ""] if name == "prefix" else ["", wanted])
    if name == "anything-but" and isinstance(wanted, Mapping):
        ((kind, texts),) = wanted.items()
        pieces = HOLE.split(shape)
        several = texts if isinstance(texts, list) else [texts]
        if kind == "wildcard":
            return not any(_is_surely_in(one, pieces) for one in several)
        end = pieces[0] if kind == "prefix" else pieces[-1]
        sure = str.startswith if kind == "prefix" else str.endswith
        return kind not in ("prefix", "suffix") or not any(sure(end, text) for text in several)
    if name == "exists":
        return bool(wanted)
    return name in ("anything-but", "cidr")


def _is_surely_in(wildcard: str, pieces: list[str]) -> bool:
    """Whether a `*text*` matches, whatever stands between the pieces."""
    inner = wildcard[1:-1]
    plain = wildcard[:1] == wildcard[-1:] == "*" and "*" not in inner and "\\" not in inner
    return plain and any(inner in piece for piece in pieces)


def _common(one: list[str], other: list[str]) -> bool:
    """Whether two lists of literal pieces with any text between them have a text in common."""
    a = "\0".join(one)
    b = "\0".join(other)
    row = {(0, 0)}
    seen: set[tuple[int, int]] = set()
    while row:
        i, j = row.pop()
        if (i, j) in seen:
            continue
        seen.add((i, j))
        if i == len(a) and j == len(b):
            return True
        x, y = a[i : i + 1], b[j : j + 1]
        if x == "\0":
            row.add((i + 1, j))
            if y and y != "\0":
                row.add((i, j + 1))
        if y == "\0":
            row.add((i, j + 1))
            if x and x != "\0":
                row.add((i + 1, j))
        if x and x == y and x != "\0":
            row.add((i + 1, j + 1))
    return False


def _integers(architecture: Architecture) -> frozenset[str]:
    """Fields that something compares or counts as an integer."""
    guards = [g for _, _, e in architecture.emissions() for g in e.when]
    updates = [u for _, _, e in architecture.emissions() for u in e.updates]
    guards += [g for t in architecture.triggers for g in getattr(t, "filter", Filter()).when]
    entries = [name for entry in architecture.entries for name, _ in entry.payload]
    return frozenset([*(g.field for g in guards), *(u.field for u in updates), *entries])


def _name(leaf: Leaf, dialect: Dialect) -> str:
    shown = json.dumps(list(leaf.matches), ensure_ascii=False)
    strict = "" if dialect is not Dialect.MAPPING else " strictly"
    return f"{'.'.join(leaf.path)} fails{strict} {shown}"


def _failed(architecture: Architecture, by_field: Fields) -> Fields:
    """The conditions that something in the architecture makes fail; the others never matter."""
    says = [dict(emission.texts) for _, _, emission in architecture.emissions()]
    says += [dict(entry.texts) for entry in architecture.entries]
    failed = {u.field for one in says for u in _updates(one, by_field) if u.value}
    kept = {
        field: {name: leaf for name, leaf in named.items() if name in failed}
        for field, named in by_field.items()
    }
    return {field: named for field, named in kept.items() if named}


def _guards(
    found: Iterable[Leaf], dialect: Dialect, integers: frozenset[str], by_field: Fields
) -> Iterator[Guard]:
    for leaf in found:
        field = ".".join(leaf.path)
        if field not in integers:
            if _name(leaf, dialect) in by_field.get(field, {}):
                yield Guard(_name(leaf, dialect), below=1)
        elif len(leaf.matches) == 1:
            yield from _numeric(field, leaf.matches[0])


def _numeric(field: str, match: Any) -> Iterator[Guard]:
    """An integer field's condition; what is no interval lets everything pass."""
    if isinstance(match, int) and not isinstance(match, bool):
        yield Guard(field, match, match + 1)
    elif isinstance(match, Mapping) and "numeric" in match:
        signs, numbers = match["numeric"][::2], match["numeric"][1::2]
        for sign, number in zip(signs, numbers, strict=True):
            low, high = _bounds(sign, number)
            yield Guard(field, low, high)


def _bounds(sign: str, number: float) -> tuple[int | None, int | None]:
    floor = int(number // 1)
    whole = floor == number
    match sign:
        case "<":
            return None, floor if whole else floor + 1
        case "<=":
            return None, floor + 1
        case ">":
            return floor + 1, None
        case ">=":
            return floor if whole else floor + 1, None
        case _:
            return (floor, floor + 1) if whole else (1, 0)


def _updates(says: Mapping[str, Any], by_field: Fields) -> Iterator[Update]:
    for field, value in says.items():
        for name, (leaf, dialect) in by_field.get(field, {}).items():
            fails = not may_match(leaf, value, dialect)
            yield Update(name, int(fails), adds=False)
