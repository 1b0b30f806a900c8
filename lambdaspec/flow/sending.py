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
    Rule,
    Stream,
    Subscription,
    Table,
    Topic,
)
from lambdaspec.architecture.guards import Guard as PayloadGuard
from lambdaspec.architecture.guards import Update
from lambdaspec.architecture.services import IotTopic, LogGroup, Route, Schedule, Workflow
from lambdaspec.flow.graph import (
    FRESH,
    LINEAGE,
    Flow,
    Kind,
    Role,
    Step,
    notice_detail,
    payload_counter,
)
from lambdaspec.kernel.counters import Counter, Effect, Guard, Sum

LOSES_LINEAGE = (
    Bus,
    Table,
    Stream,
    External,
    Schedule,
    IotTopic,
    LogGroup,
    Route,
    Workflow,
)
"""Channels that the recursion detection does not follow (REC-SVC)."""


def arrivals(
    flow: Flow,
    target: str,
    key: str = "{}",
    event: str = "",
    *,
    origin: str = "",
    relayed: bool = False,
) -> list[int]:
    """The sites at which something written to `target` arrives."""
    match flow.settings.architecture.element(target):
        case Function():
            return [flow.site(Kind.ASYNC, target)]
        case Queue():
            return [flow.site(Kind.QUEUE, target)]
        case Bucket():
            return [flow.site(Kind.NOTICE, target, *notice_detail(key, event, "", relayed=False))]
        case Bus() if origin:
            return [flow.site(Kind.NOTICE, target, *notice_detail(key, event, origin, False))]
        case Bus():
            return [flow.site(Kind.NOTICE, target, *notice_detail("", "", "", relayed))]
        case Topic() | External() | Schedule() | IotTopic() | LogGroup():
            return [flow.site(Kind.NOTICE, target)]
        case Route():
            return [flow.site(Kind.REQUEST, target)]
        case Workflow() as workflow:
            return [flow.site(Kind.EXECUTION, target, workflow.start, "ready")]
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
    if element.recursive_loop is RecursiveLoop.ALLOW or element.is_pipe:
        return [], []
    counter = (LINEAGE, function)
    return [Guard(counter, below=flow.settings.scale.cutoff)], [(counter, 1)]


def record_effect(flow: Flow, target: str, *, keeps_payload: bool) -> Effect:
    """What a write by the platform does: a new event, with or without the payload's integers."""
    resets = FRESH | ({LINEAGE} if loses_lineage(flow, target) else frozenset())
    return flow.effect(resets=resets if keeps_payload else resets | flow.payload_groups())


def passed(
    flow: Flow,
    number: int,
    target: str,
    rule: str,
    fits: Iterable[Guard] = (),
    *,
    relayed: bool = False,
) -> list[int]:
    """Hops by which a channel passes an event on, if the guards of a filter let it through."""
    resets = record_effect(flow, target, keeps_payload=True).resets
    effect = flow.effect(fits, resets)
    return [
        flow.add(Step(number, place, Role.PASS, effect, rule=rule))
        for place in arrivals(flow, target, relayed=relayed)
    ]


def on_its_way(
    flow: Flow,
    number: int,
    listener: Subscription | Rule,
    rule: str,
    fits: Iterable[Guard] = (),
    *,
    relayed: bool = False,
) -> int:
    """The hop towards a listener that has a dead-letter queue: the delivery can still fail."""
    detail = (listener.target, "relayed") if relayed else (listener.target,)
    way = flow.site(Kind.HANDOVER, listener.source, *detail)
    return flow.add(Step(number, way, Role.PASS, flow.effect(fits), rule=rule, trigger=listener))


def payload_changes(
    flow: Flow, updates: Iterable[Update]
) -> tuple[list[tuple[Counter, int]], list[tuple[Counter, int]]]:
    """Updates of the payload as assignments and additions to counters that some guard reads."""
    assigns: list[tuple[Counter, int]] = []
    adds: list[tuple[Counter, int]] = []
    for update in updates:
        if update.field in flow.signs and not update.terms:
            change = (payload_counter(update.field), flow.signs[update.field] * update.value)
            (adds if update.adds else assigns).append(change)
    return assigns, adds


def payload_sums(flow: Flow, updates: Iterable[Update]) -> list[Sum]:
    """Updates that set a field to a sum of fields; such fields are all counted upwards."""
    return [
        Sum(
            payload_counter(update.field),
            tuple((payload_counter(name), factor) for name, factor in update.terms),
            update.value,
            update.divisor,
        )
        for update in updates
        if update.terms and update.field in flow.signs
    ]


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
    assigns, adds = payload_changes(flow, emission.updates)
    if called:
        admitted, counted = _counting(flow, emission.to)
        # Without the lineage the callee's count starts at 0, which no cutoff refuses.
        guards += admitted if kept else []
        adds += counted
    return flow.effect(guards, resets, assigns, adds, payload_sums(flow, emission.updates))


def payload_guards(flow: Flow, guards: Iterable[PayloadGuard]) -> list[Guard]:
    """Payload guards as guards on counters; a field that only shrinks is counted downwards."""
    result = []
    for guard in guards:
        low, below = guard.at_least, guard.below
        if flow.signs[guard.field] < 0:
            low, below = (None if below is None else 1 - below), (None if low is None else 1 - low)
        result.append(Guard(payload_counter(guard.field), low, below))
    return result
