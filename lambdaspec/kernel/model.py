"""What a state machine must offer to be explored: three functions, nothing else."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Protocol, TypeVar

S = TypeVar("S", bound=Hashable)
A = TypeVar("A", bound=Hashable)


class Model(Protocol[S, A]):
    """A transition system with hashable states and actions.

    `actions` must list the same actions in the same order whenever it is asked about the same
    state: replay and the tests rely on it.
    """

    def initial_states(self) -> Iterable[S]:
        """The states in which a run may begin."""
        ...

    def actions(self, state: S) -> Iterable[A]:
        """Everything that may happen in `state`."""
        ...

    def step(self, state: S, action: A) -> S | None:
        """The state after `action`, or None when the action is not enabled in `state`."""
        ...
