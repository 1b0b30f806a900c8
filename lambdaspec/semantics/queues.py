"""SQS queues and the event source mappings that poll them.

Says: a mapping hands a batch to its function (SQS-ESM-SYNC) with the maximum of the lineages
(REC-BATCH); success deletes it; failure returns all of it after the visibility timeout
(SQS-WHOLEBATCH), or what the function reports (SQS-RBIF); a refused or throttled batch comes back
too, with the receive counted (CUT-SQS, SQS-THROTTLE). A message that was received maxReceiveCount
times moves to the dead-letter queue (SQS-MAXRECV), in a standard queue with its old clock, in a
FIFO queue with a new one (SQS-DLQ-CLOCK). Without a redrive policy it comes back until its
retention is over (SQS-NODLQ). A FIFO queue hands out the next messages only when the ones before
are done (SQS-FIFO-BLOCK).
Leaves out: message groups other than one per FIFO queue (fewer interleavings), duplicates, delays,
deduplication (more behaviours), filters (more behaviours).
Chosen: receives start again at 0 in a dead-letter queue (SQS-RECV-COUNT-SPAN); time passes only by
visibility timeouts, which is the fewest that can pass; a message is gone once its age reaches its
queue's retention; whether a move keeps the lineage is the assumption SQS-LINEAGE-DLQ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from attrs import evolve

from lambdaspec.architecture.elements import QueueMapping
from lambdaspec.semantics.recursion import admit, merge
from lambdaspec.semantics.state import (
    Action,
    Change,
    Deliver,
    Entity,
    FifoGroup,
    Invocation,
    Message,
    Move,
    QueueBatch,
    State,
    Throttle,
)
from lambdaspec.semantics.world import World

MOST_VISIBLE = 4
"""Up to this many visible messages every batch is explored, beyond it only singles and all."""


def actions(world: World, state: State) -> Iterator[Action]:
    """Deliveries, refusals and moves of every queue."""
    visible: dict[str, list[Message]] = {}
    for entity in state.entities:
        if isinstance(entity, Message):
            visible.setdefault(entity.queue, []).append(entity)
        elif isinstance(entity, FifoGroup) and entity.items and not entity.busy:
            yield from _fifo_actions(world, entity)
    for queue, messages in visible.items():
        due = [m for m in messages if exhausted(world, m)]
        yield from (Move(message) for message in dict.fromkeys(due))
        ready = [m for m in messages if not exhausted(world, m)]
        for name, mapping in _readers(world, queue):
            for batch in _batches(ready, world.batch_size(mapping)):
                yield from _delivery(world, name, mapping, batch)


def _readers(world: World, queue: str) -> list[tuple[str, QueueMapping]]:
    return [(name, m) for name, m in world.readers(queue) if isinstance(m, QueueMapping)]


def _fifo_actions(world: World, group: FifoGroup) -> Iterator[Action]:
    if exhausted(world, group.items[0]):
        yield Move(group.items[0])
        return
    fresh = len(group.items)
    for place, message in enumerate(group.items):
        if exhausted(world, message):
            fresh = place
            break
    for name, mapping in _readers(world, group.queue):
        for count in range(1, min(fresh, world.batch_size(mapping)) + 1):
            yield from _delivery(world, name, mapping, group.items[:count])


def _delivery(
    world: World, name: str, mapping: QueueMapping, batch: tuple[Message, ...]
) -> Iterator[Action]:
    if not world.function(mapping.function).switched_off:
        yield Deliver(name, batch)
    yield Throttle(name, batch)


def _batches(ready: Sequence[Message], size: int) -> Iterator[tuple[Message, ...]]:
    most = min(size, len(ready))
    sizes = range(1, most + 1) if len(ready) <= MOST_VISIBLE else sorted({1, most})
    for count in sizes:
        if len(ready) > MOST_VISIBLE and count > 1:
            yield tuple(ready[:count])
        else:
            yield from dict.fromkeys(combinations(ready, count))


def exhausted(world: World, message: Message) -> bool:
    """Whether the message was received as often as the redrive policy allows."""
    most = world.max_receives(message.queue)
    return most is not None and message.receives >= most


def deliver(world: World, state: State, action: Deliver) -> Change | None:
    """Hand a batch over; refuse the whole batch when the cutoff says so."""
    mapping = world.queue_mappings.get(action.mapping)
    if mapping is None or not _deliverable(world, mapping, action.messages):
        return None
    if world.function(mapping.function).switched_off:
        return None
    lineage = admit(world, mapping.function, merge(m.lineage for m in action.messages))
    if lineage is None:
        return _refused(world, state, action.messages, "CUT-SQS")
    batch = QueueBatch(action.mapping, action.messages)
    run = Invocation(mapping.function, batch, tuple(m.payload for m in action.messages), lineage)
    group = fifo_group(world, state, mapping.source)
    if group is None:
        return Change("SQS-ESM-SYNC", action.messages, (run,), mapping.function)
    if not _heads(group, action.messages):
        return None
    rest = evolve(group, items=group.items[len(action.messages) :], busy=True)
    return Change("SQS-FIFO-BLOCK", (group,), (run, rest), mapping.function)


def throttle(world: World, state: State, action: Throttle) -> Change | None:
    """The function could not be invoked before the batch was visible again."""
    mapping = world.queue_mappings.get(action.mapping)
    if mapping is None or not _deliverable(world, mapping, action.messages):
        return None
    return _refused(world, state, action.messages, "SQS-THROTTLE")


def _deliverable(world: World, mapping: QueueMapping, messages: tuple[Message, ...]) -> bool:
    if not 1 <= len(messages) <= world.batch_size(mapping):
        return False
    return all(m.queue == mapping.source and not exhausted(world, m) for m in messages)


def _heads(group: FifoGroup, messages: tuple[Message, ...]) -> bool:
    return not group.busy and group.items[: len(messages)] == messages


def _refused(world: World, state: State, messages: tuple[Message, ...], rule: str) -> Change | None:
    group = fifo_group(world, state, messages[0].queue)
    back = [_received(world, message) for message in messages]
    same = tuple((m, b) for m, b in zip(messages, back, strict=True) if b is not None)
    kept = tuple(b for b in back if b is not None)
    if group is None:
        return Change(rule, messages, kept, same=same)
    if not _heads(group, messages):
        return None
    after = evolve(group, items=kept + group.items[len(messages) :])
    return Change(rule, (group,), (after,), same=same)


def _received(world: World, message: Message) -> Message | None:
    """The message after a delivery that did not delete it; None once it is too old."""
    age = message.age + world.visibility(message.queue)
    if age >= world.retention(message.queue):
        return None
    return evolve(message, receives=message.receives + 1, age=age)


def move(world: World, state: State, message: Message) -> Change | None:
    """SQS moves a message that was received too often to the dead-letter queue."""
    queue = world.architecture.queue(message.queue)
    if queue.redrive is None or not exhausted(world, message):
        return None
    lineage = message.lineage if world.readings.queue_dlq_keeps_lineage else ()
    age = 0 if queue.fifo else message.age
    moved = Message(queue.redrive.to, message.payload, lineage, age=age)
    arrived: tuple[Entity, ...] = (moved,) if age < world.retention(queue.redrive.to) else ()
    same = ((message, moved),) if arrived else ()
    group = fifo_group(world, state, message.queue)
    if group is None:
        return Change("SQS-DLQ-CLOCK", (message,), arrived, same=same)
    if group.busy or not group.items or group.items[0] != message:
        return None
    rest = evolve(group, items=group.items[1:])
    return Change("SQS-DLQ-CLOCK", (group,), (rest, *arrived), same=same)


def finished(
    world: World, state: State, run: Invocation, batch: QueueBatch, failed: tuple[int, ...]
) -> Change:
    """The function is done with a batch: delete what succeeded, return what failed."""
    back = [_received(world, batch.messages[place]) for place in failed]
    pairs = zip((batch.messages[place] for place in failed), back, strict=True)
    same = tuple((before, after) for before, after in pairs if after is not None)
    kept = tuple(after for after in back if after is not None)
    rule = "SQS-ESM-SYNC" if not failed else "SQS-WHOLEBATCH"
    if 0 < len(failed) < len(batch.messages):
        rule = "SQS-RBIF"
    group = fifo_group(world, state, batch.messages[0].queue)
    if group is None:
        return Change(rule, (run,), kept, same=same)
    after = evolve(group, items=kept + group.items, busy=False)
    return Change(rule, (run, group), (after,), same=same)


def fifo_group(world: World, state: State, queue: str) -> FifoGroup | None:
    """The group of a FIFO queue in a state; None for a standard queue."""
    if not world.architecture.queue(queue).fifo:
        return None
    for entity in state.entities:
        if isinstance(entity, FifoGroup) and entity.queue == queue:
            return entity
    return FifoGroup(queue)
