"""Counting on the machine: the answers that the decision and the bounds are compared with.

Two complete searches. `one_by_one` follows each thing in flight by itself, which is enough because
things in flight do not hinder each other except in lines (and a line only delays). `altogether`
explores whole system states with every interleaving, every batch and every line.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from lambdaspec.kernel.paths import components
from lambdaspec.kernel.search import Crowded, successors
from lambdaspec.semantics.invocation import calls
from lambdaspec.semantics.packed import Packed
from lambdaspec.semantics.state import (
    Action,
    Entity,
    Fail,
    FifoGroup,
    Invocation,
    Message,
    Record,
    Return,
    Shard,
    State,
    SyncCall,
)
from lambdaspec.semantics.system import Machine, well_formed


@frozen
class Counted:
    """What a complete search found; `most` is None when invocations do not end."""

    most: int | None
    size: int


def parts(machine: Machine, produced: Sequence[Entity]) -> list[Entity]:
    """What a change produced, as things that can be followed one by one."""
    found: list[Entity] = []
    for entity in produced:
        match entity:
            case Record():
                found.append(Shard(entity.mapping, (entity,)))
            case Message() if machine.world.architecture.queue(entity.queue).fifo:
                found.append(FifoGroup(entity.queue, (entity,)))
            case FifoGroup():
                found += [FifoGroup(entity.queue, (item,)) for item in entity.items]
            case Shard():
                found += [Shard(entity.mapping, (record,)) for record in entity.waiting]
                found += [evolve(entity, waiting=(), stuck=(b,), busy=False) for b in entity.stuck]
            case Invocation(child=Invocation() as child):
                # The caller goes on whatever the answer: follow callee and caller by themselves.
                # Where it can stop waiting and call again, it does: that is the worst it can do.
                found += parts(machine, [child])
                found += parts(machine, [_going_on(machine, entity)])
            case _:
                found.append(entity)
    return found


def one_by_one(machine: Machine, most_entities: int = 8_000) -> Counted | None:
    """The most invocations from one event at any entry; None when the search is too large."""
    number: dict[Entity, int] = {}
    known: list[Entity] = []
    moves: list[list[tuple[int, list[int]]]] = []

    def name(entity: Entity) -> int:
        if entity not in number:
            number[entity] = len(known)
            known.append(entity)
        return number[entity]

    starts = [
        [name(e) for e in parts(machine, state.entities)] for state in machine.initial_states()
    ]
    while len(moves) < len(known):
        if len(known) > most_entities:
            return None
        entity = known[len(moves)]
        state = State((entity,))
        assert well_formed(machine, state), state
        mine: list[tuple[int, list[int]]] = []
        for action in machine.actions(state):
            if _answers(entity, action):
                mine.append((0, []))
                continue
            change = machine.change(state, action)
            assert change is not None, action
            after = [name(e) for e in parts(machine, change.produced)]
            mine.append((int(change.invoked is not None), after))
        moves.append(mine)
    return Counted(_longest(moves, starts), len(known))


def _going_on(machine: Machine, entity: Invocation) -> Invocation:
    call = calls(machine.world, entity)[entity.done]
    caller = machine.world.function(entity.function)
    if entity.tried + 1 < machine.world.call_attempts(caller, call.emission):
        return evolve(entity, child=None, tried=entity.tried + 1)
    return evolve(entity, child=None, tried=0, done=entity.done + 1)


def _answers(entity: Entity, action: Action) -> bool:
    """Whether a synchronous call, followed without its caller, ends."""
    called = isinstance(entity, Invocation) and isinstance(entity.source, SyncCall)
    return called and isinstance(action, Return | Fail)


Moves = list[list[tuple[int, list[int]]]]


def _longest(moves: Moves, starts: list[list[int]]) -> int | None:
    """The greatest number of invocations; None when there is no greatest one."""
    successors = [[t for _, after in mine for t in after] for mine in moves]
    best = [0] * len(moves)
    for members in components(successors):
        if not _settle(moves, set(members), best):
            return None
    return max((sum(best[t] for t in start) for start in starts), default=0)


def _settle(moves: Moves, inside: set[int], best: list[int]) -> bool:
    """Value one component; False when something that runs can be left behind for ever."""
    exits, cyclic = 0, False
    for place in inside:
        for invoked, after in moves[place]:
            beside = invoked + sum(best[t] for t in after if t not in inside)
            back = [t for t in after if t in inside]
            if back and beside:
                return False
            cyclic = cyclic or len(back) > 1
            if not back:
                exits = max(exits, beside)
    if cyclic and exits:
        return False
    for place in inside:
        best[place] = exits
    return True


def reachable_entities(machine: Machine, most: int) -> set[Entity] | None:
    """Everything that one event can become, followed one by one; None when it is too much."""
    todo = [e for state in machine.initial_states() for e in parts(machine, state.entities)]
    seen = set(todo)
    while todo:
        entity = todo.pop()
        state = State((entity,))
        for action in machine.actions(state):
            if _answers(entity, action):
                continue
            change = machine.change(state, action)
            assert change is not None, action
            for after in parts(machine, change.produced):
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        if len(seen) > most:
            return None
    return seen


def altogether(machine: Machine, most_states: int = 4_000) -> Counted | None:
    """The same number from whole system states; None when the search is too large.

    On the packed machine, whose steps `tests/semantics/test_packed.py` compares with the plain one's.
    """
    packed = Packed(machine)
    known = list(dict.fromkeys(packed.initial()))
    number = {state: place for place, state in enumerate(known)}
    starts = [[place] for place in range(len(known))]
    moves: list[list[tuple[int, list[int]]]] = []
    while len(moves) < len(known):
        if len(known) > most_states:
            return None
        mine: list[tuple[int, list[int]]] = []
        try:
            following = successors(packed, known[len(moves)])
        except Crowded:
            return None
        for label, after in following:
            if after not in number:
                number[after] = len(known)
                known.append(after)
            invoked = packed.labels[label].change.invoked is not None
            mine.append((int(invoked), [number[after]]))
        moves.append(mine)
    return Counted(_longest(moves, starts), len(known))
