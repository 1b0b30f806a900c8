"""The configuration inside given ranges with the largest worst case, exactly.

Branch and bound: the superposition of all values that are still open gives an upper bound, because
each configuration's plays are among its plays; a configuration with every value fixed gives a number.
What cannot beat the best number so far is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import count as numbers

from attrs import frozen

from lambdaspec.architecture.elements import Architecture, Queue, QueueMapping, StreamMapping
from lambdaspec.checking import prepared
from lambdaspec.decide import decide_architecture
from lambdaspec.flow.bounds import entry_counts, total
from lambdaspec.flow.count import Count
from lambdaspec.kernel.streett import decide
from lambdaspec.kernel.verdict import Bounded
from lambdaspec.result import Options
from lambdaspec.symbolic.edits import Change, Edit, Part, apply, valid, value_at
from lambdaspec.symbolic.superposition import superpose

MOST_VALUES = 64
"""How many values one range may have."""

MOST_DECIDED = 2_000
"""How many configurations are decided before it is given up."""

_RANGE = re.compile(r"(.+)\.([a-z_]+)=(\d+)\.\.(\d+)")


@frozen
class Range:
    """One setting and the edits that give it each of its values; the value it has is no edit."""

    name: str
    edits: tuple[Edit, ...]


@frozen
class Largest:
    """What was found.

    Attributes:
        edits: the settings that differ from those of the architecture.
        count: the worst case there; None when it has none, because it is unbounded.
        asked: how many configurations were decided.
        proved: whether no configuration inside the ranges can have a larger one.

    """

    edits: tuple[Edit, ...]
    count: Count | None
    asked: int
    proved: bool


def read_range(architecture: Architecture, text: str) -> Range:
    """A range such as `Orders.max_receive_count=1..10` or `Orders->Work.batch_size=1..5`.

    Raises:
        ValueError: it is not understood, or about nothing that the architecture has.

    """
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is no range: write NAME.setting=1..10")
    name, setting, low, high = match[1], match[2], int(match[3]), int(match[4])
    if not low <= high < low + MOST_VALUES:
        raise ValueError(f"`{text}` must have 1 to {MOST_VALUES} values")
    part, where, path, element = _place(architecture, name, setting)
    before = value_at(element, path)
    values = [value for value in range(low, high + 1) if value != before]
    return Range(
        f"{name}.{setting}",
        tuple(
            Edit("set", f"{name}.{setting} = {value}", (Change(part, where, path, before, value),))
            for value in values
        ),
    )


_FUNCTION = {
    "max_retry_attempts": "asynchronous.max_retry_attempts",
    "max_event_age": "asynchronous.max_event_age",
    "timeout": "timeout",
}
_QUEUE = {
    "max_receive_count": "redrive.max_receive_count",
    "visibility_timeout": "visibility_timeout",
    "retention": "retention",
}
_MAPPING = {name: name for name in ("batch_size", "max_retry_attempts", "max_record_age")}


def _place(architecture: Architecture, name: str, setting: str) -> tuple[Part, str, str, object]:
    for place, trigger in enumerate(architecture.triggers):
        if isinstance(trigger, QueueMapping | StreamMapping):
            known = setting in _MAPPING and hasattr(trigger, setting)
            if name == f"{trigger.source}->{trigger.function}" and known:
                return Part.TRIGGER, str(place), setting, trigger
    if name in architecture.functions and setting in _FUNCTION:
        return Part.FUNCTION, name, _FUNCTION[setting], architecture.functions[name]
    channel = architecture.channels.get(name)
    if isinstance(channel, Queue) and setting in _QUEUE:
        policy = setting == "max_receive_count"
        if channel.redrive is not None or not policy:
            return Part.CHANNEL, name, _QUEUE[setting], channel
    allowed = ", ".join([*_FUNCTION, *_QUEUE, *_MAPPING])
    raise ValueError(f"`{name}` has no setting `{setting}` to vary; settings are {allowed}")


def maximise(architecture: Architecture, options: Options, ranges: Sequence[Range]) -> Largest:
    """The configuration inside the ranges with the largest worst case from one event."""
    best: tuple[tuple[Edit, ...], Count | None] | None = None
    asked = 0
    order = numbers()
    heap: list[tuple[float, int, tuple[Edit, ...], int]] = []
    heappush(heap, (float("-inf"), next(order), (), 0))
    while heap:
        bound, _, fixed, depth = heappop(heap)
        if best is not None and best[1] is not None and best[1].exact and -bound <= best[1].least:
            break  # nothing that is left can be larger
        if depth < len(ranges):
            for choice in ((), *((edit,) for edit in ranges[depth].edits)):
                more = (*fixed, *choice)
                upper = _upper(architecture, options, more, ranges[depth + 1 :])
                heappush(heap, (-upper, next(order), more, depth + 1))
            continue
        asked += 1
        found = _number(architecture, options, fixed)
        if found is _UNBOUNDED:
            return Largest(fixed, None, asked, proved=True)
        if found is not None and (best is None or _larger(found, best[1])):
            best = fixed, found
        if asked >= MOST_DECIDED:
            return Largest(*(best or ((), None)), asked, proved=False)
    edits, number = best or ((), None)
    return Largest(edits, number, asked, proved=number is not None and number.exact)


_UNBOUNDED = Count(-1)


def _larger(one: Count, other: Count | None) -> bool:
    return other is None or one.least > other.least


def _number(architecture: Architecture, options: Options, fixed: Sequence[Edit]) -> Count | None:
    edited = apply(architecture, fixed)
    if not valid(edited):
        return None
    decided = decide_architecture(prepared(edited, options), options.search)
    if not isinstance(decided.verdict, Bounded):
        return _UNBOUNDED
    return total(entry_counts(decided.flow, nominal=False).values())


def _upper(
    architecture: Architecture, options: Options, fixed: Sequence[Edit], ranges: Sequence[Range]
) -> float:
    """No configuration with these values fixed has a larger worst case."""
    edited = apply(architecture, fixed)
    edits = [edit for one in ranges for edit in one.edits]
    whole = superpose(prepared(edited, options), edits, len(ranges))
    if not decide(whole.flow).bounded:
        return float("inf")
    most = total(entry_counts(whole.flow, nominal=False).values()).most
    return float("inf") if most is None else float(most)
