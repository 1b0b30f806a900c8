"""No event is lost in silence, and each is processed or ends in a dead-letter place."""

from __future__ import annotations

from attrs import evolve

from lambdaspec.architecture.elements import QueueMapping
from lambdaspec.flow.graph import Flow, Kind
from lambdaspec.kernel.properties import Moment, always, eventually
from lambdaspec.kernel.streett import decide as decide_endless
from lambdaspec.properties.stock import Asked, Broken, Judgement, Watch
from lambdaspec.semantics.settings import SECOND
from lambdaspec.semantics.state import (
    FifoGroup,
    Message,
    State,
    Throttle,
)

LOUD = frozenset({"APIGW-RETRY", "SFN-NORETRY", "SFN-SEM", "STR-FILTER"})
"""Ends that somebody sees: an error to the client, a failed execution, a record others may read."""


def decide_loss(flow: Flow, _: Asked) -> Judgement:
    """Where an event that came from outside can vanish without a trace."""
    broken: list[Broken] = []
    places = 0
    for element, kind in sorted({(s.element, s.kind.value) for s in flow.sites}):
        if kind == Kind.ASYNC.value:
            places += 1
            broken += _discarded(flow, element)
        elif kind == Kind.QUEUE.value and flow.settings.readers(element):
            places += 1
            broken += _expired(flow, element) + _filtered(flow, element)
    for site in flow.sites:
        if site.kind is Kind.RECORD:
            places += 1
            broken += _given_up(flow, site.detail[0])
    return Judgement(places, tuple(broken))


def _discarded(flow: Flow, name: str) -> list[Broken]:
    config = flow.settings.function(name).asynchronous
    if config.dead_letter is not None or config.on_failure is not None:
        return []
    attempts = flow.settings.async_retries(name) + 1
    how = f"after {attempts} attempt{'' if attempts == 1 else 's'}, by age or by the cutoff"
    message = f"an event for {name} that is given up ({how}) is discarded"
    span = config.span or flow.settings.function(name).span
    return [Broken(message, span, ("ASYNC-DLQ: neither a dead-letter target nor on_failure",))]


def _expired(flow: Flow, name: str) -> list[Broken]:
    queue = flow.settings.architecture.queue(name)
    retention, visibility = flow.settings.retention(name), flow.settings.visibility(name)
    span = queue.span
    if queue.redrive is None:
        message = f"a message in {name} that always fails is gone after {retention // SECOND:,} s"
        return [Broken(message, span, ("SQS-NODLQ: no redrive policy",))] if visibility else []
    most = flow.settings.max_receives(name) or 0
    if most * visibility >= retention:
        message = f"a message in {name} expires before it was received {most:,} times"
        return [Broken(message, span, (f"SQS-RETENTION: {most:,} × {visibility // SECOND:,} s",))]
    left = flow.settings.retention(queue.redrive.to)
    if not queue.fifo and most * visibility >= left:
        message = f"a message from {name} is too old for {queue.redrive.to} when it comes there"
        return [Broken(message, span, ("SQS-DLQ-CLOCK: a standard queue keeps the clock",))]
    return []


def _filtered(flow: Flow, name: str) -> list[Broken]:
    found = []
    for _, mapping in flow.settings.readers(name):
        one = mapping.filter
        if isinstance(mapping, QueueMapping) and (one.when or one.opaque):
            message = f"the filter between {name} and {mapping.function} deletes what does not fit"
            found.append(Broken(message, mapping.span, ("SQS-FILTER: not even a DLQ gets it",)))
    return found


def _given_up(flow: Flow, name: str) -> list[Broken]:
    mapping = flow.settings.stream_mappings[name]
    limited = flow.settings.record_age(mapping) is not None
    limited = limited or flow.settings.record_retries(mapping) is not None
    if mapping.on_failure is not None or not limited:
        return []
    message = f"a record of {mapping.source} that {mapping.function} cannot process is discarded"
    return [Broken(message, mapping.span, ("STR-DEST: no on-failure destination",))]


def watch_loss(_: Flow) -> Watch:
    """On the machine: no step loses anything in silence."""
    return Watch(always("silent-loss", _nothing_lost, of_steps=True))


def _nothing_lost(moment: Moment) -> bool:
    if moment.change is None:
        return True
    return all(why in LOUD for why, _ in moment.change.lost)


def decide_settled(flow: Flow, asked: Asked) -> Judgement:
    """An event that is neither lost nor goes round for ever comes to rest somewhere."""
    lost = decide_loss(flow, asked)
    broken = list(lost.broken)
    # Here even what goes round without running anything is without end.
    decision = decide_endless(evolve(flow, steps=[evolve(s, work=True) for s in flow.steps]))
    for survivor in decision.survivors:
        path = flow.path(survivor)[:6]
        broken.append(Broken(f"an event can go round for ever: {' → '.join(path)}", None))
    return evolve(lost, broken=tuple(broken))


def watch_settled(flow: Flow) -> Watch:
    """On the machine: in the end everything is at rest. Throttling for ever is not looked at."""

    def at_rest(moment: Moment) -> bool:
        state: State = moment.state
        return all(_rests(flow, entity) for entity in state.entities)

    return Watch(
        eventually("never-settled", at_rest), lambda action: not isinstance(action, Throttle)
    )


def _rests(flow: Flow, entity: object) -> bool:
    match entity:
        case Message(queue=name):
            return not flow.settings.readers(name)
        case FifoGroup(queue=name):
            return not flow.settings.readers(name)
        case _:
            return False
