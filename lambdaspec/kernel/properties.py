"""What can be asked about all runs of a model: always, sometimes, eventually.

A property looks at steps: what happened last and the state after it. `always` must hold at every
step of every run, `sometimes` at one step of some run, `eventually` at some step of every run that
is weakly fair: in which nothing that could go on for ever is put off for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from enum import Enum
from typing import Any

from attrs import frozen


class Word(Enum):
    """The three words of the language."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    EVENTUALLY = "eventually"


@frozen
class Moment:
    """A step of a run: the state, and what led to it.

    Attributes:
        state: the state after the step.
        action: the action that was taken, None at the start.
        change: what the model says about that action, None at the start.

    """

    state: Any
    action: Any = None
    change: Any = None


Predicate = Callable[[Moment], bool]


@frozen
class Property:
    """A property with a name.

    Attributes:
        name: how it is called.
        word: always, sometimes or eventually.
        holds: the predicate on steps.
        of_steps: whether the predicate looks only at action and change, not at the whole state.
            Then it is asked once for each kind of step, and steps may be left out of an order that
            makes no difference to it.

    """

    name: str
    word: Word
    holds: Predicate
    of_steps: bool = False


def always(name: str, holds: Predicate, *, of_steps: bool = False) -> Property:
    """At every step of every run."""
    return Property(name, Word.ALWAYS, holds, of_steps)


def sometimes(name: str, holds: Predicate, *, of_steps: bool = False) -> Property:
    """At one step of some run."""
    return Property(name, Word.SOMETIMES, holds, of_steps)


def eventually(name: str, holds: Predicate) -> Property:
    """At some step of every weakly fair run, those that come to an end included."""
    return Property(name, Word.EVENTUALLY, holds)


Party = Hashable
"""Who acts: weak fairness is about parties, each of which must act if it can for ever."""
