"""Edits of an architecture as data: what is set where, from what to what, and back.

A change sets one attribute of one function, channel or trigger, or adds or removes a whole element.
An edit is some changes that belong together under one name; it can be taken back because it knows
what was there before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any

from attrs import evolve, frozen

from lambdaspec.architecture.elements import Architecture
from lambdaspec.architecture.reading import Reader
from lambdaspec.architecture.references import check_references


class Part(Enum):
    """What a change is about."""

    FUNCTION = "function"
    CHANNEL = "channel"
    TRIGGER = "trigger"


@frozen
class Change:
    """One attribute, before and after.

    Attributes:
        part: what it is about.
        name: the function or channel, or the trigger's place in the architecture as a number.
        path: attributes and places joined by dots, such as `emits.0.to`; empty for the whole.
        before: what stands there; None for a whole element that is added.
        after: what comes to stand there; None for a whole element that is removed.

    """

    part: Part
    name: str
    path: str
    before: Any
    after: Any

    @property
    def slot(self) -> tuple[str, ...]:
        """What it sets: of two changes of one slot only one can be made."""
        return (self.part.value, self.name, *(self.path.split(".") if self.path else ()))

    def back(self) -> Change:
        """The change that undoes it."""
        return evolve(self, before=self.after, after=self.before)


@frozen
class Edit:
    """Changes that belong together.

    Attributes:
        name: what kind of edit it is, as the catalogues list it.
        says: what it does here, in words.
        cost: how much it counts when edits are compared.
        behaviour: what else changes with it, for repairs.

    """

    name: str
    says: str
    changes: tuple[Change, ...]
    cost: int = 1
    behaviour: str = ""

    def __str__(self) -> str:
        return self.says

    def back(self) -> Edit:
        """The edit that undoes it."""
        return evolve(self, changes=tuple(change.back() for change in reversed(self.changes)))


def conflict(one: Edit, other: Edit) -> bool:
    """Whether two edits set the same thing, or one sets a part of what the other sets."""
    return any(_overlap(a.slot, b.slot) for a in one.changes for b in other.changes)


def _overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def compatible(edits: Sequence[Edit]) -> bool:
    """Whether all of them can be made together."""
    return not any(conflict(a, b) for i, a in enumerate(edits) for b in edits[:i])


def apply(architecture: Architecture, edits: Iterable[Edit]) -> Architecture:
    """The architecture after some edits; they must be compatible.

    Raises:
        KeyError: an edit is about something that the architecture does not have.

    """
    functions = dict(architecture.functions)
    channels = dict(architecture.channels)
    triggers: list[Any] = list(architecture.triggers)
    for change in (change for edit in edits for change in edit.changes):
        if change.part is Part.TRIGGER:
            place = int(change.name)
            if place == len(triggers):
                triggers.append(None)
            triggers[place] = changed(triggers[place], change)
            continue
        table: dict[str, Any] = functions if change.part is Part.FUNCTION else channels
        made = changed(table.get(change.name), change)
        if made is None:
            del table[change.name]
        else:
            table[change.name] = made
    kept = tuple(one for one in triggers if one is not None)
    return evolve(architecture, functions=functions, channels=channels, triggers=kept)


def changed(element: Any, change: Change) -> Any:
    """An element with one of its attributes set."""
    return _set(element, change.path.split(".") if change.path else [], change.after)


def _set(element: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    if element is None:
        raise KeyError(path[0])
    first, rest = path[0], path[1:]
    if isinstance(element, tuple):
        place = int(first)
        return (*element[:place], _set(element[place], rest, value), *element[place + 1 :])
    return evolve(element, **{first: _set(getattr(element, first), rest, value)})


def value_at(element: Any, path: str) -> Any:
    """What stands at a path of an element."""
    for name in path.split("."):
        element = element[int(name)] if isinstance(element, tuple) else getattr(element, name)
    return element


def valid(architecture: Architecture) -> bool:
    """Whether AWS would accept it: every name fits where it stands."""
    reader = Reader()
    check_references(reader, architecture)
    return not reader.findings


def clashes(edits: Sequence[Edit]) -> Iterator[tuple[int, int]]:
    """The pairs of edits that cannot be made together, as places in the list."""
    about: dict[tuple[str, ...], list[int]] = {}
    for place, edit in enumerate(edits):
        for element in {change.slot[:2] for change in edit.changes}:
            about.setdefault(element, []).append(place)
    for places in about.values():
        for i, one in enumerate(places):
            for other in places[:i]:
                if conflict(edits[one], edits[other]):
                    yield other, one
