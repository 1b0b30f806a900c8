"""Asynchronous invocation: attempts, event age, dead-letter target and destinations.

Says: a failed event is tried again up to MaximumRetryAttempts times (ASYNC-RETRY-DEFAULT) after one
and two minutes (ASYNC-DELAY), as long as it is not older than MaximumEventAge (ASYNC-AGE); then it
goes to the dead-letter target and to the on-failure destination, both if both are there
(ASYNC-BOTH). Success goes to the on-success destination (ASYNC-DEST-OK). An event that the cutoff
refuses (CUT-ASYNC), of a function that is switched off (CONC-ZERO) or that waited too long
(ASYNC-THROTTLE) goes the way of a failed one without an execution, whoever sent it (CUT-SNS); the
lineage goes with it (REC-DLQ-SAMEFN), so that whoever reads it there counts on (CUT-DLQ-CONSUMER).
A destination takes no FIFO queue or topic (ASYNC-DEST-DELIVERY).
Leaves out: nothing; spontaneous duplicates are in `lambdaspec.semantics.duplicates`.
Chosen: an event of exactly the maximum age is still tried (ASYNC-AGE says nothing of equality); a
destination's record wraps the payload, so its integers are gone (PAYLOAD-WRAP); retries do not
count in the lineage.
"""

from __future__ import annotations

from collections.abc import Iterator

from lambdaspec.semantics.recursion import admit
from lambdaspec.semantics.state import (
    Action,
    AgeOut,
    AsyncEvent,
    Attempt,
    Change,
    Counts,
    Entity,
    Invocation,
    wrapped,
)
from lambdaspec.semantics.world import World


def actions(event: AsyncEvent) -> Iterator[Action]:
    """What may happen to an asynchronous event."""
    yield Attempt(event)
    yield AgeOut(event)


def attempt(world: World, event: AsyncEvent) -> Change:
    """The next attempt on an event, or its refusal."""
    function = world.function(event.function)
    if function.switched_off:
        return _gone(world, event, "CONC-ZERO")
    lineage = event.lineage if event.attempts else admit(world, event.function, event.lineage)
    if lineage is None:
        return _gone(world, event, "CUT-ASYNC")
    run = Invocation(event.function, event, (event.payload,), lineage)
    return Change("ASYNC-RETRY-DEFAULT", (event,), (run,), event.function)


def age_out(world: World, event: AsyncEvent) -> Change:
    """The function was throttled until the event was too old."""
    return _gone(world, event, "ASYNC-THROTTLE")


def _gone(world: World, event: AsyncEvent, rule: str) -> Change:
    sent = failure_records(world, event.function, event.payload, event.lineage)
    return Change(rule, (event,), sent, lost=_lost(world, event, rule))


def _lost(world: World, event: AsyncEvent, rule: str) -> tuple[tuple[str, Entity], ...]:
    config = world.function(event.function).asynchronous
    kept = config.dead_letter is not None or config.on_failure is not None
    return () if kept else ((rule, event),)


def failure_records(
    world: World, function: str, payload: Counts, lineage: Counts
) -> tuple[Entity, ...]:
    """What goes to the dead-letter target and the on-failure destination."""
    config = world.function(function).asynchronous
    sent: tuple[Entity, ...] = ()
    if config.dead_letter is not None:
        sent += world.send(config.dead_letter, payload, lineage)
    if config.on_failure is not None:
        sent += world.send(config.on_failure, wrapped(payload), lineage, event="ObjectCreated:Put")
    return sent


def succeeded(world: World, run: Invocation) -> Change:
    """The function returned."""
    target = world.function(run.function).asynchronous.on_success
    sent = () if target is None else world.send(target, wrapped(run.records[0]), run.lineage)
    return Change("ASYNC-DEST-OK", (run,), sent)


def failed(world: World, run: Invocation, event: AsyncEvent) -> Change:
    """The function failed: the event waits for its next attempt, or is given up."""
    attempts = event.attempts + 1
    delays = world.scale.async_delays
    delay = delays[min(event.attempts, len(delays) - 1)]
    again = AsyncEvent(event.function, event.payload, run.lineage, attempts, event.age + delay)
    if attempts > world.async_retries(event.function) or again.age > world.async_age(
        event.function
    ):
        sent = failure_records(world, event.function, event.payload, run.lineage)
        lost = _lost(world, event, "ASYNC-RETRY-DEFAULT")
        return Change("ASYNC-DLQ", (run,), sent, lost=lost)
    return Change("ASYNC-DELAY", (run,), (again,), same=((event, again),))
