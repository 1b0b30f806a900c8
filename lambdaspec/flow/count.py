"""How many invocations one event can cause: nominal and worst, exactly where that is possible.

The value of a site, for the counters that matter there, is the best of its plays; a play adds up
the values of its hops, `times` over. A play that brings the event back to the same site is repeated
as often as its own guards allow in one go: nothing it writes depends on the counters it uses up.
Where there are too many combinations of counters, the exact number is given up for an interval.
"""

from __future__ import annotations

from collections import Counter as Counted
from collections.abc import Generator, Iterable, Mapping, Sequence

from attrs import define, field, frozen

from lambdaspec.flow.graph import LINEAGE, RETRIES, Flow, Kind, Play, Rank, Step
from lambdaspec.kernel.counters import Config, Counter, Effect, Values
from lambdaspec.kernel.paths import components

BUDGET = 60_000
"""How many (site, counters) are evaluated before the exact number is given up."""

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


class _TooMany(Exception):
    """The budget is spent."""


def count(flow: Flow, site: int, values: Values, *, nominal: bool) -> Count:
    """The invocations that an event at a site can cause; the flow must be bounded.

    Args:
        flow: a flow that was decided to be bounded.
        site: where the event arrives.
        values: the counters it arrives with.
        nominal: whether every run succeeds, instead of the worst that may happen.
    """
    counter = _Counter(flow, nominal=nominal)
    try:
        exact = counter.evaluate(site, values)
    except _TooMany:
        least = _lower(flow, site, values, nominal=nominal)
        most, exponent = _upper(flow, site)
        return Count(least, most, exponent)
    return Count(exact, exact)


@define
class _Counter:
    flow: Flow
    nominal: bool
    budget: int = BUDGET
    spent: int = 0
    memo: dict[Config, int] = field(factory=dict)
    matters: list[frozenset[Counter]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.matters = relevant(self.flow)

    def evaluate(self, site: int, values: Values) -> int:
        """Run the recursion on an explicit stack: chains can be thousands of hops long.

        A way that comes back to a question still open adds nothing (no run lies on it, or the flow
        would not be bounded), but what was concluded from it is not remembered.
        """
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
                    raise _TooMany from None
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
                    raise _TooMany
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

    def _play(
        self, site: int, play: Play, values: Values
    ) -> Generator[Config, int | None, int]:
        steps = [self.flow.steps[index] for index in play.hops]
        again = next((s for s in steps if s.target == site and s.role in RETRIES), None)
        # The last try is left open: it may succeed, or be another function's that cannot fail.
        laps = 1 if again is None else max(1, _laps(again.effect, values) - 1)
        total = 0
        for step in steps:
            if step is again or not step.effect.admits(values):
                continue  # one emission of a run may be guarded where another is not
            value = yield self._key(step.target, step.effect.apply(values))
            total += laps * step.times * (step.cost + (value or 0))
        if again is not None:
            value = yield self._key(site, again.effect.apply(values, laps))
            total += value or 0
        return total


def _laps(effect: Effect, values: Values) -> int:
    """How often a retry can be repeated until one of its own guards stops it."""
    laps = []
    for counter, amount in effect.adds:
        for guard in effect.guards:
            if guard.counter == counter and guard.below is not None and amount > 0:
                laps.append(-((values.get(counter, 0) - guard.below) // amount))
    return max(1, min(laps)) if laps else 1


def relevant(flow: Flow) -> list[frozenset[Counter]]:
    """For each site the counters that some guard may still read before they are restarted."""
    needs: list[set[Counter]] = [set() for _ in range(flow.size)]
    repeatable = _repeatable(flow)
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
            passed = {
                c for c in needs[site] if c[0] not in step.effect.resets and c not in assigned
            }
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
    home = _homes(successors)
    sizes = Counted(home)
    times: Counted[Counter] = Counted()
    for step in flow.steps:
        cyclic = sizes[home[step.source]] > 1 or step.source == step.target
        weight = flow.settings.scale.cutoff + 1 if cyclic else 1
        times.update({c: weight for c, _ in step.effect.adds if c[0] == LINEAGE})
    return frozenset(c for c, weight in times.items() if weight > flow.settings.scale.cutoff)


def _homes(successors: Sequence[Sequence[int]]) -> list[int]:
    home = [0] * len(successors)
    for number, members in enumerate(components(successors)):
        for member in members:
            home[member] = number
    return home


def _lower(flow: Flow, site: int, values: Values, *, nominal: bool) -> int:
    """What really happens along the best single way that the budget allows to follow."""
    total, now, place = 0, dict(values), site
    for _ in range(BUDGET):
        step = _busiest(flow, place, now)
        if step is None:
            break
        total += step.cost
        now, place = step.effect.apply(now), step.target
    return total


def _busiest(flow: Flow, site: int, values: Values) -> Step | None:
    ways = [
        flow.steps[index]
        for play in flow.plays.get(site, [])
        for index in play.hops
        if play.rank is Rank.SUCCESS
    ]
    able = [step for step in ways if step.effect.admits(values)]
    return min(able, key=lambda step: _used(step, values), default=None)


def _used(step: Step, values: Values) -> int:
    """How much of its counters a hop has used up: taking turns keeps a walk going longest."""
    return max((values.get(counter, 0) for counter, _ in step.effect.adds), default=0)


def _upper(flow: Flow, site: int) -> tuple[int | None, int | None]:
    """A bound from the longest chain and the heaviest site, where lineage alone bounds loops."""
    depth = _longest_chain(flow)
    if depth is None:
        return None, None
    heaviest = max((_weight(flow, place) for place in range(flow.size)), default=1)
    base = max(2, heaviest)
    exponent = int((depth + 1) * base.bit_length() * 0.30103) + 1
    if (depth + 1) * base.bit_length() > MOST_BITS:
        return None, exponent
    most: int = base ** (depth + 1)
    return most, None


def _weight(flow: Flow, site: int) -> int:
    """How many events a site can turn one event into, retries included."""
    plays = [_play_weight(flow, site, play) for play in flow.plays.get(site, [])]
    return sum(plays)


def _play_weight(flow: Flow, site: int, play: Play) -> int:
    steps = [flow.steps[index] for index in play.hops]
    laps = [_laps(step.effect, {}) for step in steps if step.target == site]
    once = sum(step.times * (1 + step.cost) for step in steps)
    return once * max(laps, default=1)


def _longest_chain(flow: Flow) -> int | None:
    """The most sites that one event can pass, retries counted as one; None if not known."""
    kept = [s for s in flow.steps if s.source != s.target]
    successors: list[list[int]] = [[] for _ in range(flow.size)]
    for step in kept:
        successors[step.source].append(step.target)
    home = _homes(successors)
    inside = [s for s in kept if home[s.source] == home[s.target]]
    if any(LINEAGE in step.effect.restarts for step in inside):
        return None
    free: list[list[int]] = [[] for _ in range(flow.size)]
    for step in inside:
        if LINEAGE not in step.effect.consumes:
            free[step.source].append(step.target)
    if len(set(_homes(free))) < flow.size:
        return None  # something but the lineage bounds a loop
    counted = {c for step in inside for c, _ in step.effect.adds if c[0] == LINEAGE}
    between = _longest(free)
    return flow.size + (len(counted) * flow.settings.scale.cutoff + 1) * (between + 1)


def _longest(successors: Sequence[Sequence[int]]) -> int:
    length = [0] * len(successors)
    for members in components(successors):  # sinks first
        for site in members:
            length[site] = 1 + max((length[t] for t in successors[site]), default=0)
    return max(length, default=0)


def total(counts: Iterable[Count]) -> Count:
    """The largest of several counts: what holds for the whole architecture."""
    every = list(counts)
    least = max((one.least for one in every), default=0)
    if any(one.most is None for one in every):
        powers = [one.exponent for one in every if one.exponent is not None]
        unknown = any(one.most is None and one.exponent is None for one in every)
        return Count(least, None, None if unknown else max(powers, default=None))
    return Count(least, max((one.most or 0 for one in every), default=0))


def entry_counts(flow: Flow, *, nominal: bool) -> Mapping[str, Count]:
    """For each entry the invocations that one event arriving there can cause."""
    return {
        name: _sum([count(flow, site, flow.starts[site], nominal=nominal) for site in sites])
        for name, sites in flow.entry_sites.items()
    }


def _sum(counts: Sequence[Count]) -> Count:
    """One event that arrives at several sites at once, as with several readers of one stream."""
    if len(counts) == 1:
        return counts[0]
    least = sum(one.least for one in counts)
    if any(one.most is None for one in counts):
        powers = [one.exponent for one in counts]
        known = [power for power in powers if power is not None]
        whole = all(one.most is not None or one.exponent is not None for one in counts)
        return Count(least, None, max(known) + len(counts) if whole and known else None)
    return Count(least, sum(one.most or 0 for one in counts))
