"""Counter graphs without any Lambda in them."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen
from hypothesis import strategies as st

from lambdaspec.kernel.counters import NOTHING, Effect, Guard, Values


@frozen
class Edge:
    """A hop of a toy graph."""

    source: int
    target: int
    effect: Effect = NOTHING
    work: bool = True


@frozen
class Toy:
    """A toy graph; satisfies `CounterGraph`."""

    size: int
    hops: tuple[Edge, ...]
    starts: Mapping[int, Values] = {0: {}}

    @property
    def names(self) -> list[str]:
        return [f"n{i}" for i in range(self.size)]


A, B = ("a", ""), ("b", "")


def spend(counter: tuple[str, str], below: int) -> Effect:
    """Increase a counter that has a cap."""
    return Effect(guards=(Guard(counter, below=below),), adds=((counter, 1),))


def restart(*groups: str) -> Effect:
    """Forget some groups."""
    return Effect(resets=frozenset(groups))


_COUNTERS = [("a", ""), ("b", ""), ("c", "x"), ("c", "y")]


@st.composite
def effects(draw: st.DrawFn) -> Effect:
    """Any mixture of guards, resets, assignments and additions on three groups."""
    guards, adds, assigns = [], [], []
    for counter in draw(st.sets(st.sampled_from(_COUNTERS), max_size=2)):
        kind = draw(st.integers(0, 5))
        if kind <= 2:
            guards.append(Guard(counter, below=draw(st.integers(1, 3))))
            adds.append((counter, 1))
        elif kind == 3:
            guards.append(Guard(counter, below=draw(st.integers(1, 3))))
        elif kind == 4:
            adds.append((counter, draw(st.sampled_from([1, -1]))))
            guards.append(Guard(counter, at_least=draw(st.integers(0, 2)), below=4))
        else:
            assigns.append((counter, draw(st.integers(0, 2))))
    resets = draw(st.sets(st.sampled_from("abc"), max_size=1))
    return Effect(tuple(guards), frozenset(resets), tuple(assigns), tuple(adds))


@st.composite
def toys(draw: st.DrawFn) -> Toy:
    """A small graph; every counter stays small because each growth has a cap."""
    size = draw(st.integers(1, 5))
    nodes = st.integers(0, size - 1)
    edges = st.builds(Edge, nodes, nodes, effects(), st.booleans())
    return Toy(size, tuple(draw(st.lists(edges, min_size=1, max_size=9))))
