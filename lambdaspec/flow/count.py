"""How many invocations one event can cause: the exact recursion over the bounded flow.

The value of a site, for the counters that matter there, is the best of its plays; a play adds up
the values of its hops, `times` over. A play that brings the event back to the same site is repeated
as often as its own guards allow in one go: nothing it writes depends on the counters it uses up.
Where there are too many combinations of counters, `lambdaspec.flow.bounds` gives an interval.
"""

from __future__ import annotations

from collections import Counter as Counted
from collections.abc import Generator, Sequence

from attrs import define, field, frozen

from lambdaspec.flow.graph import LINEAGE, RETRIES, Flow, Kind, Play, Rank, Step
from lambdaspec.kernel.counters import Config, Counter, Effect, Values
from lambdaspec.kernel.paths import components

BUDGET = 60_000
"""How many (site, counters) are evaluated before the exact number is given up."""

MOST_RELEVANT = 2_000_000
"""Sites times lineage counters above which nobody would finish; the interval is given at once."""

MOST_BITS = 40_000
"""Numbers with more binary digits than this are bounded by a power instead of computed."""


@frozen
class Count:
    """A number, or what is known on each side of it.

    Attributes:
        least: a number of invocations that really can happen.
        most: one that cannot be exceeded; None if none is known.
        exponent: where `most` is too long to write, the power of ten that cannot be exceeded.

    """

    least: int
    most: int | None = None
    exponent: int | None = None

    @property
    def exact(self) -> bool:
        """Whether both sides meet."""
        return self.most == self.least


class TooMany(Exception):
    """The budget is spent."""


@define
class Recursion:
    """The evaluation of one flow: `memo` is shared by all its entries."""

    flow: Flow
    nominal: bool
    budget: int = BUDGET
    spent: int = 0
    memo: dict[Config, int] = field(factory=dict)
    hopeless: bool = field(init=False)
    matters: list[frozenset[Counter]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        repeatable = _repeatable(self.flow)
        self.hopeless = len(repeatable) * self.flow.size > MOST_RELEVANT
        self.matters = [] if self.hopeless else relevant(self.flow, repeatable)

    def evaluate(self, site: int, values: Values) -> int:
        """Run the recursion on an explicit stack: chains can be thousands of hops long.

        A way that comes back to a question still open adds nothing (no run lies on it, or the flow
        would not be bounded), but what was concluded from it is not remembered.
        """
        if self.hopeless:
            raise TooMany
        start = self._key(site, values)
        stack = [(start, self._value(start))]
        depth = {start: 0}
        lowest = [0]
        answer: int | None = None
        while stack:
            key, work = stack[-1]
            try:
                wanted = work.send(answer)
            except StopIteration as stop:
                answer = stop.value
                if stop.value.bit_length() > MOST_BITS:
                    raise TooMany from None
                stack.pop()
                del depth[key]
                reached = lowest.pop()
                if reached >= len(stack):
                    self.memo[key] = stop.value
                elif lowest:
                    lowest[-1] = min(lowest[-1], reached)
                continue
            answer = self.memo.get(wanted)
            if answer is None and wanted in depth:
                lowest[-1] = min(lowest[-1], depth[wanted])
                answer = 0
            elif answer is None:
                self.spent += 1
                if self.spent > self.budget:
                    raise TooMany
                depth[wanted] = len(stack)
                lowest.append(len(stack))
                stack.append((wanted, self._value(wanted)))
        return self.memo[start]

    def _key(self, site: int, values: Values) -> Config:
        matters = self.matters[site]
        return site, frozenset((c, v) for c, v in values.items() if c in matters)

    def _value(self, key: Config) -> Generator[Config, int | None, int]:
        site, pairs = key
        values: Values = dict(pairs)
        plays = self.flow.plays.get(site, [])
        open_plays = [play for play in plays if self._open(site, play, values)]
        if self.nominal and open_plays:
            good = [p for p in open_plays if p.rank is not Rank.FAILURE]
            best = min((p.rank for p in good), default=Rank.FAILURE)
            open_plays = [p for p in good if p.rank is best]
        result = 0
        for play in open_plays:
            result = max(result, (yield from self._play(site, play, values)))
        return result

    def _open(self, site: int, play: Play, values: Values) -> bool:
        if self.flow.sites[site].kind in (Kind.RUN, Kind.NOTICE):
            return True  # every hop has a guard of its own
        return bool(play.hops) and all(
            self.flow.steps[index].effect.admits(values) for index in play.hops
        )

    def _play(self, site: int, play: Play, values: Values) -> Generator[Config, int | None, int]:
        steps = [self.flow.steps[index] for index in play.hops]
        again = next((s for s in steps if s.target == site and s.role in RETRIES), None)
        # The last try is left open: it may succeed, or be another function's that cannot fail.
        tries = 1 if again is None else max(1, laps(again.effect, values) - 1)
        total = 0
        for step in steps:
            if step is again or not step.effect.admits(values):
                continue  # one emission of a run may be guarded where another is not
            value = yield self._key(step.target, step.effect.apply(values))
            copies = step.times if self.nominal else step.times * step.attempts
            total += tries * copies * (step.cost + (value or 0))
        if again is not None:
            value = yield self._key(site, again.effect.apply(values, tries))
            total += value or 0
        return total


def laps(effect: Effect, values: Values) -> int:
    """How often a retry can be repeated until one of its own guards stops it."""
    found = []
    for counter, amount in effect.adds:
        for guard in effect.guards:
            if guard.counter == counter and guard.below is not None and amount > 0:
                found.append(-((values.get(counter, 0) - guard.below) // amount))
    return max(1, min(found)) if found else 1


def relevant(flow: Flow, repeatable: frozenset[Counter]) -> list[frozenset[Counter]]:
    """For each site the counters that some guard may still read before they are restarted."""
    needs: list[set[Counter]] = [set() for _ in range(flow.size)]
    into: dict[int, list[Step]] = {}
    for step in flow.steps:
        into.setdefault(step.target, []).append(step)
        for guard in step.effect.guards:
            if guard.counter[0] != LINEAGE or guard.counter in repeatable:
                needs[step.source].add(guard.counter)
    todo = list(range(flow.size))
    waiting = set(todo)
    while todo:
        site = todo.pop()
        waiting.discard(site)
        for step in into.get(site, ()):
            assigned = {counter for counter, _ in step.effect.assigns}
            sums = [one for one in step.effect.sums if one.counter in needs[site]]
            assigned |= {one.counter for one in sums}
            passed = {
                c for c in needs[site] if c[0] not in step.effect.resets and c not in assigned
            }
            passed |= {counter for one in sums for counter, _ in one.terms}
            if not passed <= needs[step.source]:
                needs[step.source] |= passed
                if step.source not in waiting:
                    waiting.add(step.source)
                    todo.append(step.source)
    return [frozenset(one) for one in needs]


def _repeatable(flow: Flow) -> frozenset[Counter]:
    """Lineage counters that one chain could bring to the cutoff; the others stop nobody.

    Either one of the hops that increase it lies on a cycle, or there are more of them than the
    cutoff allows.
    """
    successors: list[list[int]] = [[] for _ in range(flow.size)]
    for step in flow.steps:
        successors[step.source].append(step.target)
    home = homes(successors)
    sizes = Counted(home)
    times: Counted[Counter] = Counted()
    for step in flow.steps:
        cyclic = sizes[home[step.source]] > 1 or step.source == step.target
        weight = flow.settings.scale.cutoff + 1 if cyclic else 1
        times.update({c: weight for c, _ in step.effect.adds if c[0] == LINEAGE})
    return frozenset(c for c, weight in times.items() if weight > flow.settings.scale.cutoff)


def homes(successors: Sequence[Sequence[int]]) -> list[int]:
    """For each node the number of its strongly connected component, sinks first."""
    home = [0] * len(successors)
    for number, members in enumerate(components(successors)):
        for member in members:
            home[member] = number
    return home
