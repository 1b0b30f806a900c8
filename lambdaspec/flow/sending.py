"""Where a write arrives, and what it does to the event: the part all mechanisms share."""

from __future__ import annotations

from collections.abc import Iterable

from lambdaspec.architecture.elements import (
    Bucket,
    Bus,
    Emission,
    External,
    Function,
    Queue,
    RecursiveLoop,
    Stream,
    Table,
    Topic,
)
from lambdaspec.architecture.guards import Guard as PayloadGuard
from lambdaspec.flow.graph import (
    FRESH,
    LINEAGE,
    Flow,
    Kind,
    payload_counter,
)
from lambdaspec.kernel.counters import Counter, Effect, Guard

LOSES_LINEAGE = (Bus, Table, Stream, External)
"""Channels that the recursion detection does not follow (REC-SVC)."""


def arrivals(flow: Flow, target: str, key: str = "{}", event: str = "") -> list[int]:
    """The sites at which something written to `target` arrives."""
    match flow.settings.architecture.element(target):
        case Function():
            return [flow.site(Kind.ASYNC, target)]
        case Queue():
            return [flow.site(Kind.QUEUE, target)]
        case Bucket():
            return [flow.site(Kind.NOTICE, target, key, event)]
        case Topic() | Bus() | External():
            return [flow.site(Kind.NOTICE, target)]
        case Table() | Stream():
            readers = flow.settings.readers(target)
            return [flow.site(Kind.RECORD, target, name) for name, _ in readers]


def loses_lineage(flow: Flow, target: str) -> bool:
    """Whether what is written to `target` starts a new chain."""
    return isinstance(flow.settings.architecture.element(target), LOSES_LINEAGE)


def invocation_effect(flow: Flow, function: str) -> Effect:
    """What a new invocation of a function does: it counts, up to the cutoff (REC-THRESH).

    The clocks and counts of the delivery stay behind: a running function has none.
    """
    guards, adds = _counting(flow, function)
    return flow.effect(guards, FRESH, adds=adds)


def admission(flow: Flow, function: str) -> list[Guard]:
    """What must hold for a function to run on an event, without counting it."""
    return _counting(flow, function)[0]


def _counting(flow: Flow, function: str) -> tuple[list[Guard], list[tuple[Counter, int]]]:
    element = flow.settings.function(function)
    if element.recursive_loop is RecursiveLoop.ALLOW:
        return [], []
    counter = (LINEAGE, function)
    return [Guard(counter, below=flow.settings.scale.cutoff)], [(counter, 1)]


def record_effect(flow: Flow, target: str, *, keeps_payload: bool) -> Effect:
    """What a write by the platform does: a new event, with or without the payload's integers."""
    resets = FRESH | ({LINEAGE} if loses_lineage(flow, target) else frozenset())
    return flow.effect(resets=resets if keeps_payload else resets | flow.payload_groups())


def emission_effect(flow: Flow, emission: Emission, *, lineage: bool, called: bool) -> Effect:
    """What an emission does.

    Args:
        flow: the flow.
        emission: the emission.
        lineage: whether the emitter passes the lineage on.
        called: whether the target is a function whose answer the emitter waits for.

    """
    kept = lineage and not loses_lineage(flow, emission.to)
    resets = FRESH if kept else FRESH | {LINEAGE}
    guards = payload_guards(flow, emission.when)
    assigns: list[tuple[Counter, int]] = []
    adds: list[tuple[Counter, int]] = []
    for update in emission.updates:
        if update.field in flow.signs:
            change = (payload_counter(update.field), flow.signs[update.field] * update.value)
            (adds if update.adds else assigns).append(change)
    if called:
        admitted, counted = _counting(flow, emission.to)
        # Without the lineage the callee's count starts at 0, which no cutoff refuses.
        guards += admitted if kept else []
        adds += counted
    return flow.effect(guards, resets, assigns, adds)


def payload_guards(flow: Flow, guards: Iterable[PayloadGuard]) -> list[Guard]:
    """Payload guards as guards on counters; a field that only shrinks is counted downwards."""
    result = []
    for guard in guards:
        low, below = guard.at_least, guard.below
        if flow.signs[guard.field] < 0:
            low, below = (None if below is None else 1 - below), (None if low is None else 1 - low)
        result.append(Guard(payload_counter(guard.field), low, below))
    return result
