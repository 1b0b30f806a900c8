"""The machine: all mechanisms together, as a kernel model over whole system states.

Says: one action happens at a time; what it does is said by the module of its mechanism.
Leaves out: clocks. Time passes only where a rule needs it to pass.
Chosen: entities are interchangeable when equal, so two equal messages are one state, not two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import assert_never

from attrs import frozen

from lambdaspec.architecture.elements import Entry
from lambdaspec.errors import ToolFault
from lambdaspec.semantics import (
    asynchronous,
    duplicates,
    invocation,
    notices,
    queues,
    routes,
    streams,
    workflows,
)
from lambdaspec.semantics.state import (
    Abandon,
    Action,
    Advance,
    AgeOut,
    AsyncEvent,
    Attempt,
    Change,
    Deliver,
    Discard,
    Duplicate,
    Emit,
    Entity,
    Execution,
    Fail,
    FifoGroup,
    HandOver,
    Handover,
    Invocation,
    Message,
    Move,
    MoveOn,
    Notice,
    Perform,
    Poll,
    QueueBatch,
    Record,
    Request,
    Return,
    Serve,
    Shard,
    ShardBatch,
    Skip,
    Spread,
    State,
    SyncCall,
    Throttle,
    counts,
)
from lambdaspec.semantics.world import World


@frozen(eq=False)
class Machine:
    """The specification as a state machine; satisfies `lambdaspec.kernel.model.Model`."""

    world: World
    events: int = 1

    def initial_states(self) -> Iterator[State]:
        """For each entry, the state in which `events` events have just arrived there."""
        for entry in self.world.architecture.entries:
            yield self.arrival(entry)

    def arrival(self, entry: Entry) -> State:
        """The state in which `events` events have just arrived at an entry."""
        key = "ObjectCreated:Put"
        sent: tuple[Entity, ...] = ()
        for _ in range(self.events):
            sent += self.world.send(entry.to, counts(dict(entry.payload)), (), event=key)
        return self._with(State(), Change("REC-CHAIN", (), sent))

    def actions(self, state: State) -> Iterator[Action]:
        """Everything that may happen in a state, in a fixed order."""
        yield from queues.actions(self.world, state)
        for entity in dict.fromkeys(state.entities):
            match entity:
                case AsyncEvent():
                    yield from asynchronous.actions(entity)
                    yield from duplicates.actions(self.world, entity)
                case Request():
                    yield from routes.actions(self.world, entity)
                case Execution():
                    yield from workflows.actions(self.world, entity)
                    yield from duplicates.actions(self.world, entity)
                case Notice() | Handover():
                    yield from notices.actions(entity)
                case Shard():
                    yield from streams.actions(self.world, entity)
                case Invocation():
                    yield from invocation.actions(self.world, entity)
                case Message():  # queues say what else becomes of it
                    yield from duplicates.actions(self.world, entity)
                case FifoGroup() | Record():
                    pass  # queues speak for the first, the second is never at rest by itself
                case _:
                    assert_never(entity)

    def step(self, state: State, action: Action) -> State | None:
        """The state after an action, None when it is not enabled."""
        change = self.change(state, action)
        return None if change is None else self._with(state, change)

    def change(self, state: State, action: Action) -> Change | None:
        """What an action does, None when it is not enabled in the state."""
        needed = _needed(action)
        if Counter(needed) - Counter(_reachable(state)):
            return None
        return self._perform(state, action)

    def _perform(self, state: State, action: Action) -> Change | None:
        world = self.world
        match action:
            case Deliver():
                return queues.deliver(world, state, action)
            case Throttle():
                return queues.throttle(world, state, action)
            case Move(message):
                return queues.move(world, state, message)
            case Attempt(event):
                return asynchronous.attempt(world, event)
            case AgeOut(AsyncEvent() as event):
                return asynchronous.age_out(world, event)
            case AgeOut(Shard() as shard):
                return streams.age_out(world, shard)
            case Spread(notice):
                return notices.spread(world, notice)
            case HandOver():
                return notices.hand_over(world, action)
            case Poll():
                return streams.poll(world, action)
            case Emit(run):
                return invocation.emit(world, run)
            case Return(run, failed):
                if not invocation.may_return(world, run, failed):
                    return None
                return self._ended(state, run, failed)
            case Duplicate(entity):
                return duplicates.duplicate(world, entity)
            case Discard():
                return queues.discard(world, state, action)
            case MoveOn():
                return queues.move_on(world, state, action)
            case Skip(shard):
                return streams.skip(world, shard)
            case Serve():
                return routes.serve(world, action)
            case Perform(execution):
                return workflows.perform(world, execution)
            case Advance():
                return workflows.advance(world, action)
            case Abandon(run):
                return invocation.abandon(world, run)
            case Fail(run):
                return self._ended(state, run, None) if invocation.may_fail(world, run) else None
            case _:
                raise ToolFault(f"no mechanism performs {action!r}")

    def _ended(self, state: State, run: Invocation, failed: tuple[int, ...] | None) -> Change:
        """The innermost function ended: `failed` is None for an error, else what it reports."""
        if run.child is not None:
            return invocation.answer(run)
        match run.source:
            case AsyncEvent() as event if failed is None:
                return asynchronous.failed(self.world, run, event)
            case AsyncEvent():
                return asynchronous.succeeded(self.world, run)
            case QueueBatch() as batch:
                places = tuple(range(len(batch.messages))) if failed is None else failed
                return queues.finished(self.world, state, run, batch, places)
            case ShardBatch() as batch:
                return streams.finished(self.world, state, run, batch, failed)
            case Request() as request:
                return routes.finished(self.world, run, request, failed=failed is None)
            case Execution() as execution:
                return workflows.finished(self.world, run, execution, failed=failed is None)
            case SyncCall():  # nobody waits for it any more
                return Change("SYNC-DISCONNECT", (run,), ())
            case _:
                assert_never(run.source)

    def _with(self, state: State, change: Change) -> State:
        """Apply a change; messages and records join the line they belong to."""
        entities = list(state.entities)
        for gone in change.consumed:
            if gone in entities:
                entities.remove(gone)
        for entity in change.produced:
            match entity:
                case Record(mapping=name):
                    line: Entity = streams.shard_of(State(tuple(entities)), name)
                    joined: Entity = streams.arrived(
                        streams.shard_of(State(tuple(entities)), name), entity
                    )
                case Message(queue=name) if self.world.architecture.queue(name).fifo:
                    group = queues.fifo_group(self.world, State(tuple(entities)), name)
                    line = group if group is not None else FifoGroup(name)
                    joined = FifoGroup(name, (*line.items, entity), line.busy)
                case _:
                    entities.append(entity)
                    continue
            if line in entities:
                entities.remove(line)
            entities.append(joined)
        return State.of([e for e in entities if not _empty(e)])


def _empty(entity: Entity) -> bool:
    match entity:
        case FifoGroup():
            return not entity.items and not entity.busy
        case Shard():
            return not (entity.waiting or entity.stuck or entity.busy)
        case _:
            return False


def _needed(action: Action) -> tuple[Entity, ...]:
    match action:
        case Deliver(_, messages) | Throttle(_, messages):
            return messages
        case Move(entity) | Attempt(entity) | AgeOut(entity) | Spread(entity) | HandOver(entity):
            return (entity,)
        case Poll(entity) | Emit(entity) | Return(entity) | Fail(entity) | Abandon(entity):
            return (entity,)
        case Duplicate(entity) | Discard(_, entity) | MoveOn(entity) | Skip(entity):
            return (entity,)
        case Serve(entity) | Perform(entity) | Advance(entity):
            return (entity,)
        case _:
            assert_never(action)


def _reachable(state: State) -> Iterator[Entity]:
    """The entities of a state, those in FIFO lines included."""
    for entity in state.entities:
        yield entity
        if isinstance(entity, FifoGroup):
            yield from entity.items


def well_formed(machine: Machine, state: State) -> bool:
    """What must hold in every reachable state; the tests check it on every one they see."""
    cutoff = machine.world.scale.cutoff
    for entity in state.entities:
        match entity:
            case Message():
                most = machine.world.max_receives(entity.queue)
                if most is not None and entity.receives > most:
                    return False
                if entity.age >= machine.world.retention(entity.queue):
                    return False
            case Invocation():
                if any(count > cutoff for _, count in entity.lineage):
                    return False
            case Record():
                return False
            case _:
                pass
    lines = [e for e in state.entities if isinstance(e, FifoGroup | Shard)]
    names = [line.queue if isinstance(line, FifoGroup) else line.mapping for line in lines]
    return len(set(names)) == len(names)
