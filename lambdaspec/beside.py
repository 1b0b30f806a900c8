"""What happens beside the event that is replayed: short runs of the machine on a part of its state."""

from __future__ import annotations

from collections.abc import Callable

from lambdaspec.semantics.state import Action, Change, FifoGroup, Message, State
from lambdaspec.semantics.system import Machine

MOST_BESIDE = 300
"""How many states are looked at before such a run counts as too long."""


def shortest_run(
    machine: Machine, begin: State, reached: Callable[[Change, State], bool]
) -> list[Action] | None:
    """The shortest run from a state to a step that is wanted; None if none is found."""
    ways: dict[State, list[Action]] = {begin: []}
    todo = [begin]
    while todo and len(ways) < MOST_BESIDE:
        state = todo.pop(0)
        for action in machine.actions(state):
            change = machine.change(state, action)
            after = machine.step(state, action)
            if change is None or after is None:
                continue
            if reached(change, after):
                return [*ways[state], action]
            if after not in ways:
                ways[after] = [*ways[state], action]
                todo.append(after)
    return None


def waits(state: State, message: Message) -> bool:
    """Whether a message still is in its FIFO queue, received or not."""
    queued = [e for e in state.entities if isinstance(e, FifoGroup) and e.queue == message.queue]
    known = (message.payload, message.lineage)
    return any(g.busy for g in queued) or any(
        (one.payload, one.lineage) == known and one.receives >= message.receives
        for group in queued
        for one in group.items
    )
