"""SQS queues and the event source mappings that poll them.

Says: a mapping hands a batch to its function (SQS-ESM-SYNC) with the maximum of the lineages
(REC-BATCH); success deletes it; failure returns all of it after the visibility timeout
(SQS-WHOLEBATCH), or what the function reports (SQS-RBIF); a refused or throttled batch comes back
too, with the receive counted (CUT-SQS, SQS-THROTTLE). A message that was received maxReceiveCount
times moves to the dead-letter queue (SQS-MAXRECV), in a standard queue with its old clock, in a
FIFO queue with a new one (SQS-DLQ-CLOCK). Without a redrive policy it comes back until its
retention is over (SQS-NODLQ). A FIFO queue hands out the next messages only when the ones before
are done (SQS-FIFO-BLOCK). A mapping's filter deletes what does not match (SQS-FILTER). A person may
move messages out of a dead-letter queue, as new ones (SQS-REDRIVE). Of several mappings one gets a
message (SQS-COMPETE); dead-letter queues may form a ring (SQS-DLQ-CYCLE), of one type each
(SQS-DLQ-TYPE). A pipe reads a queue as a mapping does (PIPE-SQS, PIPE-RETRYSCOPE, PIPE-TARGET).
Leaves out: message groups other than one per FIFO queue (fewer interleavings), delays (SQS-DELAY),
deduplication (more behaviours). Duplicates are in `lambdaspec.semantics.duplicates`.
Chosen: receives start again at 0 in a dead-letter queue (SQS-RECV-COUNT-SPAN); time passes only by
visibility timeouts, which is the fewest that can pass; a message is gone once its age reaches its
queue's retention; whether a move keeps the lineage is the assumption SQS-LINEAGE-DLQ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from attrs import evolve

from lambdaspec.architecture.elements import QueueMapping
from lambdaspec.semantics.invocation import can_stop, passes, started
from lambdaspec.semantics.recursion import admit, merge
from lambdaspec.semantics.state import (
    REDRIVEN,
    Action,
    Change,
    Counts,
    Deliver,
    Discard,
    Entity,
    FifoGroup,
    Invocation,
    Message,
    Move,
    MoveOn,
    QueueBatch,
    State,
    Throttle,
    counts,
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
        yield from _moves_on(world, queue, messages)
        ready = [m for m in messages if not exhausted(world, m)]
        for name, mapping in _readers(world, queue):
            kept = [m for m in ready if passes(mapping.filter, m.payload)]
            yield from _discards(name, mapping, ready)
            for batch in _batches(kept, world.batch_size(mapping)):
                yield from _delivery(world, name, mapping, batch)


def _moves_on(world: World, queue: str, messages: Iterable[Message]) -> Iterator[Action]:
    for task in world.move_tasks(queue):
        for message in dict.fromkeys(messages):
            if dict(message.payload).get(REDRIVEN, 0) < world.scale.redrives:
                yield MoveOn(message, task.target)


def _discards(name: str, mapping: QueueMapping, messages: Iterable[Message]) -> Iterator[Action]:
    for message in dict.fromkeys(messages):
        if can_stop(mapping.filter, message.payload):
            yield Discard(name, message)


def _readers(world: World, queue: str) -> list[tuple[str, QueueMapping]]:
    return [(name, m) for name, m in world.readers(queue) if isinstance(m, QueueMapping)]


def _fifo_actions(world: World, group: FifoGroup) -> Iterator[Action]:
    head = group.items[0]
    yield from _moves_on(world, group.queue, [head])
    if exhausted(world, head):
        yield Move(head)
        return
    for name, mapping in _readers(world, group.queue):
        yield from _discards(name, mapping, [head])
        for count in range(1, min(len(group.items), world.batch_size(mapping)) + 1):
            last = group.items[count - 1]
            if exhausted(world, last) or not passes(mapping.filter, last.payload):
                break
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
    invoked = started(world, mapping.function)
    if group is None:
        return Change("SQS-ESM-SYNC", action.messages, (run,), invoked)
    if not _heads(group, action.messages):
        return None
    rest = evolve(group, items=group.items[len(action.messages) :], busy=True)
    return Change("SQS-FIFO-BLOCK", (group,), (run, rest), invoked)


def throttle(world: World, state: State, action: Throttle) -> Change | None:
    """The function could not be invoked before the batch was visible again."""
    mapping = world.queue_mappings.get(action.mapping)
    if mapping is None or not _deliverable(world, mapping, action.messages):
        return None
    return _refused(world, state, action.messages, "SQS-THROTTLE")


def _deliverable(world: World, mapping: QueueMapping, messages: tuple[Message, ...]) -> bool:
    if not 1 <= len(messages) <= world.batch_size(mapping):
        return False
    return all(
        m.queue == mapping.source and not exhausted(world, m) and passes(mapping.filter, m.payload)
        for m in messages
    )


def _heads(group: FifoGroup, messages: tuple[Message, ...]) -> bool:
    return not group.busy and group.items[: len(messages)] == messages


def _refused(world: World, state: State, messages: tuple[Message, ...], rule: str) -> Change | None:
    group = fifo_group(world, state, messages[0].queue)
    back = [_received(world, message) for message in messages]
    same = tuple((m, b) for m, b in zip(messages, back, strict=True) if b is not None)
    kept = tuple(b for b in back if b is not None)
    lost = _expired(messages, back)
    if group is None:
        return Change(rule, messages, kept, same=same, lost=lost)
    if not _heads(group, messages):
        return None
    after = evolve(group, items=kept + group.items[len(messages) :])
    return Change(rule, (group,), (after,), same=same, lost=lost)


def _expired(
    before: Iterable[Message], after: Iterable[Message | None]
) -> tuple[tuple[str, Entity], ...]:
    pairs = zip(before, after, strict=True)
    return tuple(("SQS-RETENTION", message) for message, back in pairs if back is None)


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
    lost: tuple[tuple[str, Entity], ...] = () if arrived else (("SQS-RETENTION", message),)
    taken = _taken(world, state, message)
    if taken is None:
        return None
    return Change("SQS-DLQ-CLOCK", taken[0], (*taken[1], *arrived), same=same, lost=lost)


def _taken(
    world: World, state: State, message: Message
) -> tuple[tuple[Entity, ...], tuple[Entity, ...]] | None:
    """What is consumed and what is left when a message leaves its queue; None: not its turn."""
    group = fifo_group(world, state, message.queue)
    if group is None:
        return (message,), ()
    if group.busy or not group.items or group.items[0] != message:
        return None
    return (group,), (evolve(group, items=group.items[1:]),)


def discard(world: World, state: State, action: Discard) -> Change | None:
    """A mapping deletes what its filter does not let through."""
    mapping, message = world.queue_mappings.get(action.mapping), action.message
    if mapping is None or mapping.source != message.queue or exhausted(world, message):
        return None
    taken = _taken(world, state, message)
    if taken is None or not can_stop(mapping.filter, message.payload):
        return None
    return Change("SQS-FILTER", *taken, lost=(("SQS-FILTER", message),))


def move_on(world: World, state: State, action: MoveOn) -> Change | None:
    """A person moves a message out of a dead-letter queue: it is a new one where it arrives."""
    message = action.message
    allowed = any(task.target == action.target for task in world.move_tasks(message.queue))
    taken = _taken(world, state, message)
    if not allowed or taken is None:
        return None
    payload = redriven(message.payload)
    if dict(payload)[REDRIVEN] > world.scale.redrives:
        return None
    return Change("SQS-REDRIVE", taken[0], (*taken[1], Message(action.target, payload)))


def redriven(payload: Counts) -> Counts:
    """A payload that was moved once more by a person."""
    values = dict(payload)
    values[REDRIVEN] = values.get(REDRIVEN, 0) + 1
    return counts(values)


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
    lost = _expired((batch.messages[place] for place in failed), back)
    group = fifo_group(world, state, batch.messages[0].queue)
    if group is None:
        return Change(rule, (run,), kept, same=same, lost=lost)
    after = evolve(group, items=kept + group.items, busy=False)
    return Change(rule, (run, group), (after,), same=same, lost=lost)


def fifo_group(world: World, state: State, queue: str) -> FifoGroup | None:
    """The group of a FIFO queue in a state; None for a standard queue."""
    if not world.architecture.queue(queue).fifo:
        return None
    for entity in state.entities:
        if isinstance(entity, FifoGroup) and entity.queue == queue:
            return entity
    return FifoGroup(queue)
