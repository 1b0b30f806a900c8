"""A running function: it writes and calls in order, then returns or fails; callers wait.

Says: Lambda does not retry a synchronous invocation (SYNC-NORETRY); the caller of a function that
fails is told and goes on as it likes (SYNC-200-FNERR); a refused call is an exception at the caller
(CUT-SYNC). A caller whose SDK stops waiting before the callee has to end calls again, up to its
attempts (SDK-READTIMEOUT, SDK-LEGACY, SDK-STANDARD), while the callee runs on (SYNC-DISCONNECT).
Leaves out: SDK retries of throttled calls, which run nothing (SYNC-CODES). The order in which a
function writes is the order in which the architecture lists its emissions.
Chosen: a function makes all its writes for one record before the next record; it can fail between
any two of them, unless the architecture says that it cannot fail. Only the caller of the innermost
function stops waiting: what the others could do is the same in another order.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, frozen

from lambdaspec.architecture.elements import Emission, Filter, Function, Invoke
from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.semantics.recursion import admit, passed_on
from lambdaspec.semantics.state import (
    Abandon,
    Action,
    Change,
    Counts,
    Emit,
    Entity,
    Fail,
    Invocation,
    QueueBatch,
    Return,
    ShardBatch,
    SyncCall,
    counts,
)
from lambdaspec.semantics.world import World

MOST_SUBSETS = 4
"""Batches up to this size are explored with every set of failed records, larger with single ones."""


@frozen
class Call:
    """One write or call that an invocation makes: which emission, for which record's payload."""

    emission: Emission
    payload: Counts
    copies: int


def passes(one: Filter, payload: Counts) -> bool:
    """Whether a filter can let a payload through; an opaque one can."""
    return holds(one.when, payload)


def can_stop(one: Filter, payload: Counts) -> bool:
    """Whether a filter can stop a payload; an opaque one can."""
    return one.opaque or not holds(one.when, payload)


def holds(guards: tuple[Guard, ...], payload: Counts) -> bool:
    """Whether a payload passes a guard; a field it does not carry reads as 0 (PAYLOAD-START)."""
    values = dict(payload)
    for guard in guards:
        value = values.get(guard.field, 0)
        if guard.at_least is not None and value < guard.at_least:
            return False
        if guard.below is not None and value >= guard.below:
            return False
    return True


def updated(updates: tuple[Update, ...], payload: Counts) -> Counts:
    """The payload that an emission writes; sums are of the values before (PAYLOAD-SUM)."""
    values = dict(payload)
    before = dict(payload)
    for update in updates:
        if update.terms:
            total = sum(factor * before.get(name, 0) for name, factor in update.terms)
            values[update.field] = (total + update.value) // update.divisor
            continue
        old = values.get(update.field, 0)
        values[update.field] = old + update.value if update.adds else update.value
    return counts(values)


def calls(world: World, invocation: Invocation) -> list[Call]:
    """All writes and calls of an invocation, in order; a synchronous call is made once at a time."""
    made = []
    for payload in invocation.records:
        for emission in world.function(invocation.function).emits:
            if holds(emission.when, payload):
                sync = is_sync(world, emission)
                copies = 1 if sync else emission.times
                call = Call(emission, updated(emission.updates, payload), copies)
                made += [call] * (emission.times if sync else 1)
    return made


def is_sync(world: World, emission: Emission) -> bool:
    """Whether the emission waits for the function it invokes."""
    target = world.architecture.element(emission.to)
    return isinstance(target, Function) and emission.invoke is Invoke.SYNC


def innermost(invocation: Invocation) -> Invocation:
    """The invocation that is not waiting for another."""
    while invocation.child is not None:
        invocation = invocation.child
    return invocation


def depth(invocation: Invocation) -> int:
    """How many functions wait in a row, the running one included."""
    levels, child = 1, invocation.child
    while child is not None:
        levels, child = levels + 1, child.child
    return levels


def with_innermost(invocation: Invocation, new: Invocation | None) -> Invocation:
    """The same call stack with its innermost invocation replaced; None: it answered its caller."""
    child = invocation.child
    if child is None:
        raise ValueError("the outermost invocation has no caller to go back to")
    if child.child is not None:
        return evolve(invocation, child=with_innermost(child, new))
    if new is None:
        return evolve(invocation, child=None, done=invocation.done + 1, tried=0)
    return evolve(invocation, child=new)


def actions(world: World, invocation: Invocation) -> Iterator[Action]:
    """What a running function may do next."""
    inner = innermost(invocation)
    if inner.done < len(calls(world, inner)):
        yield Emit(invocation)
    else:
        yield Return(invocation)
        yield from (Return(invocation, failed) for failed in reportable(world, inner))
    if world.function(inner.function).can_fail:
        yield Fail(invocation)
    if may_abandon(world, invocation):
        yield Abandon(invocation)


def may_abandon(world: World, invocation: Invocation) -> bool:
    """Whether the caller of the innermost function can stop waiting for it and call again."""
    caller = waiting(invocation)
    if caller is None:
        return False
    emission = calls(world, caller)[caller.done].emission
    return world.call_attempts(world.function(caller.function), emission) > 1


def waiting(invocation: Invocation) -> Invocation | None:
    """The invocation that waits for the innermost one, None if nothing does."""
    caller = None
    while invocation.child is not None:
        caller, invocation = invocation, invocation.child
    return caller


def abandon(world: World, invocation: Invocation) -> Change | None:
    """The caller stops waiting; its call is repeated, or given up after the last attempt."""
    caller = waiting(invocation)
    if caller is None or not may_abandon(world, invocation):
        return None
    emission = calls(world, caller)[caller.done].emission
    attempts = world.call_attempts(world.function(caller.function), emission)
    orphan = innermost(invocation)
    if caller.tried + 1 < attempts:
        after = evolve(caller, child=None, tried=caller.tried + 1)
    else:
        after = evolve(caller, child=None, tried=0, done=caller.done + 1)
    return Change("SDK-READTIMEOUT", (invocation,), (_at(invocation, caller, after), orphan))


def _at(outer: Invocation, place: Invocation, new: Invocation) -> Invocation:
    """The call stack with one of its invocations replaced."""
    if outer is place:
        return new
    if outer.child is None:
        raise ValueError("the invocation is not in the call stack")
    return evolve(outer, child=_at(outer.child, place, new))


def reportable(world: World, inner: Invocation) -> Iterator[tuple[int, ...]]:
    """The sets of records that a function may report as failed, if its mapping listens."""
    match inner.source:
        case QueueBatch(mapping, messages):
            listens = world.queue_mappings[mapping].partial_batch
            fifo = world.architecture.queue(messages[0].queue).fifo
            size = len(messages)
        case ShardBatch(mapping, batch):
            listens = world.stream_mappings[mapping].partial_batch
            fifo, size = True, len(batch.records)
        case _:
            return
    if not listens or not world.function(inner.function).can_fail:
        return
    if fifo:  # from the first failure on (SQS-RBIF), or from the checkpoint on (STR-RBIF)
        yield from (tuple(range(first, size)) for first in range(size))
    elif size <= MOST_SUBSETS:
        sets = range(1, 1 << size)
        yield from (tuple(i for i in range(size) if one >> i & 1) for one in sets)
    else:
        yield from ((i,) for i in range(size))


def emit(world: World, invocation: Invocation) -> Change | None:
    """The innermost function makes its next write or call."""
    inner = innermost(invocation)
    todo = calls(world, inner)
    if inner.done >= len(todo):
        return None
    call = todo[inner.done]
    lineage = passed_on(world, inner.function, inner.lineage)
    if is_sync(world, call.emission):
        return _call(world, invocation, inner, call, lineage)
    sent: tuple[Entity, ...] = ()
    for _ in range(call.copies):
        emission = call.emission
        sent += world.send(emission.to, call.payload, lineage, emission.key, emission.event)
    after = _replaced(invocation, inner, evolve(inner, done=inner.done + 1))
    return Change("REC-SVC", (invocation,), (after, *sent))


def _call(
    world: World, invocation: Invocation, inner: Invocation, call: Call, lineage: Counts
) -> Change:
    callee = world.function(call.emission.to)
    admitted = admit(world, callee.name, lineage)
    if callee.switched_off or admitted is None:
        after = _replaced(invocation, inner, evolve(inner, done=inner.done + 1, tried=0))
        return Change("CONC-ZERO" if callee.switched_off else "CUT-SYNC", (invocation,), (after,))
    child = Invocation(callee.name, SyncCall(), (call.payload,), admitted)
    after = _replaced(invocation, inner, evolve(inner, child=child))
    return Change("SYNC-NORETRY", (invocation,), (after,), started(world, callee.name))


def started(world: World, function: str) -> str | None:
    """What a change says was invoked: a pipe is no function of Lambda."""
    return None if world.function(function).is_pipe else function


def _replaced(outer: Invocation, inner: Invocation, new: Invocation) -> Invocation:
    return new if outer is inner else with_innermost(outer, new)


def answer(invocation: Invocation) -> Change:
    """The innermost function, called synchronously, returned or failed: its caller goes on."""
    return Change("SYNC-NORETRY", (invocation,), (with_innermost(invocation, None),))


def may_return(world: World, invocation: Invocation, failed: tuple[int, ...]) -> bool:
    """Whether the innermost function has done everything and may report these failures."""
    inner = innermost(invocation)
    if inner.done < len(calls(world, inner)):
        return False
    return not failed or failed in set(reportable(world, inner)) or _single(world, inner, failed)


def _single(world: World, inner: Invocation, failed: tuple[int, ...]) -> bool:
    match inner.source:
        case QueueBatch(mapping, messages):
            known = world.queue_mappings[mapping]
            standard = not world.architecture.queue(messages[0].queue).fifo
            distinct = set(failed) <= set(range(len(messages))) and len(set(failed)) == len(failed)
            able = world.function(inner.function).can_fail
            return known.partial_batch and standard and distinct and able
        case _:
            return False


def may_fail(world: World, invocation: Invocation) -> bool:
    """Whether the innermost function can fail."""
    return world.function(innermost(invocation).function).can_fail
