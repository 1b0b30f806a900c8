"""Counter graphs: nodes, and hops that guard, reset and increase named counters.

A counter is a pair (group, member). All members of a group are reset together: that is what lets
one hop forget the lineage of ten thousand functions without listing them. Counters start at 0 and
only ever grow between resets, except where a hop adds a negative amount; a hop that does so counts
as a restart of the group, because no bound from above can be concluded across it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from attrs import field, frozen

Counter = tuple[str, str]
"""(group, member), such as `("lineage", "ProcessOrder")` or `("age", "")`."""

Values = Mapping[Counter, int]
"""What one event carries; a counter that is absent reads as 0."""


@frozen
class Guard:
    """`at_least <= counter < below`; a missing side does not constrain."""

    counter: Counter
    at_least: int | None = None
    below: int | None = None

    def admits(self, value: int) -> bool:
        """Whether a counter that stands at `value` passes."""
        if self.at_least is not None and value < self.at_least:
            return False
        return self.below is None or value < self.below


@frozen
class Sum:
    """`counter := (factor * other + ... + constant) // divisor`, of the values before the hop."""

    counter: Counter
    terms: tuple[tuple[Counter, int], ...]
    constant: int = 0
    divisor: int = 1

    @property
    def grows(self) -> bool:
        """Whether it makes no value from 0 upwards smaller, whatever the others are."""
        own = len(self.terms) == 1 and self.terms[0][0] == self.counter
        return own and self.terms[0][1] >= self.divisor == 1 and self.constant >= 0

    def value(self, values: Values) -> int:
        """What the counter becomes."""
        total = sum(factor * values.get(counter, 0) for counter, factor in self.terms)
        return (total + self.constant) // self.divisor


def _consumed(effect: Effect) -> frozenset[str]:
    capped = {guard.counter for guard in effect.guards if guard.below is not None}
    grown = {counter[0] for counter, amount in effect.adds if amount > 0 and counter in capped}
    return frozenset(grown) - effect.restarts


def _restarted(effect: Effect) -> frozenset[str]:
    assigned = {counter[0] for counter, _ in effect.assigns}
    assigned |= {one.counter[0] for one in effect.sums}
    lowered = {counter[0] for counter, amount in effect.adds if amount < 0}
    return effect.resets | assigned | lowered


@frozen
class Effect:
    """What a hop asks of the counters and does to them: guards, then resets, assigns, adds, sums.

    Attributes:
        consumes: groups of which the hop uses up something that only a restart gives back.
        restarts: groups that may be lower after the hop than before.
        grows: groups in which the hop increases a counter.
        caps: groups in which the hop asks a counter to be below something.

    """

    guards: tuple[Guard, ...] = ()
    resets: frozenset[str] = frozenset()
    assigns: tuple[tuple[Counter, int], ...] = ()
    adds: tuple[tuple[Counter, int], ...] = ()
    sums: tuple[Sum, ...] = ()
    restarts: frozenset[str] = field(init=False, repr=False, eq=False)
    consumes: frozenset[str] = field(init=False, repr=False, eq=False)
    grows: frozenset[str] = field(init=False, repr=False, eq=False)
    caps: frozenset[str] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        # Computed once per effect: the decision asks for them once per hop and round.
        object.__setattr__(self, "restarts", _restarted(self))
        object.__setattr__(self, "consumes", _consumed(self))
        grows = frozenset(counter[0] for counter, amount in self.adds if amount > 0)
        object.__setattr__(self, "grows", grows)
        caps = frozenset(g.counter[0] for g in self.guards if g.below is not None)
        object.__setattr__(self, "caps", caps)

    def admits(self, values: Values) -> bool:
        """Whether every guard passes."""
        return all(guard.admits(values.get(guard.counter, 0)) for guard in self.guards)

    def apply(self, values: Values, times: int = 1) -> dict[Counter, int]:
        """The counters after the hop; `times` repeats the additions only."""
        after = dict(values)
        self.change(after, times)
        return after

    def change(self, values: dict[Counter, int], times: int = 1) -> None:
        """As `apply`, in place: long walks carry thousands of counters. No zeros are kept."""
        totals = [(one.counter, one.value(values)) for one in self.sums]
        if self.resets:
            for counter in [c for c in values if c[0] in self.resets]:
                del values[counter]
        values.update(self.assigns)
        for counter, amount in self.adds:
            values[counter] = values.get(counter, 0) + amount * times
        values.update(totals)
        for counter, _ in (*self.assigns, *self.adds, *totals):
            if not values.get(counter, 1):
                del values[counter]


NOTHING = Effect()
"""The effect of a hop that neither asks nor changes anything."""


class Hop(Protocol):
    """A directed edge of a counter graph."""

    @property
    def source(self) -> int:
        """The node it leaves."""
        ...

    @property
    def target(self) -> int:
        """The node it enters."""
        ...

    @property
    def effect(self) -> Effect:
        """What it does to the counters."""
        ...

    @property
    def work(self) -> bool:
        """Whether taking it is what must not happen for ever."""
        ...


class CounterGraph(Protocol):
    """Nodes `0 .. size-1`, the nodes where an event may begin, and the hops between them."""

    @property
    def size(self) -> int:
        """How many nodes there are."""
        ...

    @property
    def starts(self) -> Mapping[int, Values]:
        """The start nodes, and what an event that begins there carries."""
        ...

    @property
    def hops(self) -> Sequence[Hop]:
        """All hops; an index into this sequence names a hop."""
        ...


Config = tuple[int, frozenset[tuple[Counter, int]]]
"""A node with the concrete values of the counters there."""


def config(node: int, values: Values) -> Config:
    """The hashable form of a node with its counter values."""
    return node, frozenset(values.items())


def ceilings(hops: Iterable[Hop]) -> dict[Counter, int]:
    """For each counter that no hop makes smaller by adding, the greatest number it is compared with.

    At that number and above every guard says the same, and stays so until the counter is set.
    """
    highest: dict[Counter, int] = {}
    lowered: set[Counter] = set()
    effects = {id(hop.effect): hop.effect for hop in hops}
    for effect in effects.values():
        for guard in effect.guards:
            for number in (guard.at_least, guard.below):
                if number is not None:
                    highest[guard.counter] = max(highest.get(guard.counter, 0), number)
        for counter, amount in effect.adds:
            highest.setdefault(counter, 0)
            if amount < 0:
                lowered.add(counter)
        for one in effect.sums:
            highest.setdefault(one.counter, 0)
            if not one.grows:
                lowered |= {one.counter, *(counter for counter, _ in one.terms)}
    return {counter: top for counter, top in highest.items() if counter not in lowered}


def saturated(values: Values, tops: Mapping[Counter, int]) -> dict[Counter, int]:
    """The values with everything that is above all comparisons cut down to where it does not matter."""
    return {c: v for c, v in ((c, min(v, tops.get(c, v))) for c, v in values.items()) if v}


def outgoing(size: int, hops: Sequence[Hop], chosen: Iterable[int]) -> list[list[int]]:
    """For each node the chosen hops that leave it, as indices into `hops`."""
    out: list[list[int]] = [[] for _ in range(size)]
    for index in chosen:
        out[hops[index].source].append(index)
    return out
