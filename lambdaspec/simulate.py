"""Running the machine step by step: at random, or along a run that is given as labels."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from attrs import frozen

from lambdaspec.semantics.narrate import Narrator
from lambdaspec.semantics.state import Action, State
from lambdaspec.semantics.system import Machine


class NotEnabled(Exception):
    """A given run asks for an action that cannot happen; the message lists those that can."""


@frozen
class Step:
    """One step of a simulated run."""

    label: str
    text: str
    invoked: str | None
    state: State


def at_random(machine: Machine, state: State, steps: int, seed: int) -> Iterator[str | Step]:
    """A random run: first the arrivals as text, then each step, until nothing can happen.

    Args:
        machine: the machine.
        state: where to begin.
        steps: how many steps at most.
        seed: the same seed gives the same run.

    """
    chance = random.Random(seed)
    narrator = Narrator(machine)
    yield from narrator.begin(state)
    for _ in range(steps):
        actions = list(machine.actions(state))
        if not actions:
            return
        made = _step(machine, narrator, state, chance.choice(actions))
        state = made.state
        yield made


def along(machine: Machine, state: State, labels: Sequence[str]) -> Iterator[str | Step]:
    """The run whose actions have these labels; a label that fits two actions takes the first.

    Raises:
        NotEnabled: an action cannot happen where the run says so.

    """
    narrator = Narrator(machine)
    yield from narrator.begin(state)
    for place, label in enumerate(labels, 1):
        enabled = {narrator.label(one): one for one in reversed(list(machine.actions(state)))}
        if label not in enabled:
            can = "; ".join(reversed(enabled)) or "nothing"
            raise NotEnabled(f"step {place}, `{label}`, cannot happen; possible: {can}")
        made = _step(machine, narrator, state, enabled[label])
        state = made.state
        yield made


def _step(machine: Machine, narrator: Narrator, state: State, action: Action) -> Step:
    change, after = machine.change(state, action), machine.step(state, action)
    if change is None or after is None:
        raise NotEnabled(f"`{narrator.label(action)}` is not enabled")
    label = narrator.label(action)
    return Step(label, narrator.tell(action, change), change.invoked, after)
