"""Numbers for people: exact where the recursion can be finished, else an interval.

The lower end is a run that can be walked. The upper end comes from a relaxed flow, in which the
counts of all functions are added up to one counter (whatever the cutoff admits, the sum admits
too), or, where even that is too much, from the longest chain and the heaviest site.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve

from lambdaspec.flow.count import (
    MOST_BITS,
    Count,
    Recursion,
    TooMany,
    homes,
    laps,
)
from lambdaspec.flow.graph import LINEAGE, Flow, Play, Rank, Step
from lambdaspec.kernel.counters import Counter, Effect, Guard, Values
from lambdaspec.kernel.paths import components

RELAXED_BUDGET = 150_000
"""How many (site, counters) of the relaxed flow are evaluated before it is given up."""

MOST_WALKED = 5_000
"""How many hops the walk of the lower end takes at the most."""

_ALL: Counter = (LINEAGE, "")


def entry_counts(flow: Flow, *, nominal: bool) -> Mapping[str, Count]:
    """For each entry the invocations that one event arriving there can cause.

    Args:
        flow: a flow that was decided to be bounded.
        nominal: whether every run succeeds, instead of the worst that may happen.

    """
    recursion = Recursion(flow, nominal=nominal)
    found: dict[str, Count] = {}
    for name, sites in flow.entry_sites.items():
        found[name] = _sum([_count(recursion, site, flow.starts[site]) for site in sites])
    return found


def _count(recursion: Recursion, site: int, values: Values) -> Count:
    try:
        exact = recursion.evaluate(site, values)
    except TooMany:
        flow = recursion.flow
        most, exponent = _upper(flow, site, values)
        return Count(_lower(flow, site, values), most, exponent)
    return Count(exact, exact)


def total(counts: Iterable[Count]) -> Count:
    """The largest of several counts: what holds for the whole architecture."""
    every = list(counts)
    least = max((one.least for one in every), default=0)
    if all(one.most is not None for one in every):
        return Count(least, max((one.most or 0 for one in every), default=0))
    return Count(least, None, _exponent(every, 0))


def _sum(counts: Sequence[Count]) -> Count:
    """One event that arrives at several sites at once, as with several readers of one stream."""
    least = sum(one.least for one in counts)
    if all(one.most is not None for one in counts):
        return Count(least, sum(one.most or 0 for one in counts))
    return Count(least, None, _exponent(counts, len(counts)))


def _exponent(counts: Sequence[Count], more: int) -> int | None:
    """A power of ten above all counts, None when nothing is known of one of them."""
    powers = []
    for one in counts:
        if one.most is not None:
            powers.append(len(bin(one.most)) * 30103 // 100_000 + 1)
        elif one.exponent is not None:
            powers.append(one.exponent)
        else:
            return None
    return max(powers) + more


def _lower(flow: Flow, site: int, values: Values) -> int:
    """What really happens along one way that always takes the least used hop."""
    runs, now, place = 0, dict(values), site
    for _ in range(MOST_WALKED):
        step = _least_used(flow, place, now)
        if step is None:
            break
        runs += step.cost
        step.effect.change(now)
        place = step.target
    return runs


def _least_used(flow: Flow, site: int, values: Values) -> Step | None:
    plays = [play for play in flow.plays.get(site, []) if play.rank is Rank.SUCCESS]
    steps = [flow.steps[index] for play in plays for index in play.hops]
    able = [step for step in steps if step.effect.admits(values)]

    def used(step: Step) -> int:
        """What the hop uses up, or where it uses up nothing the one after it."""
        after = [flow.steps[p.hops[0]] for p in flow.plays.get(step.target, []) if p.hops]
        adds = step.effect.adds or [add for one in after[:1] for add in one.effect.adds]
        return max((values.get(counter, 0) for counter, _ in adds), default=0)

    return min(able, key=used, default=None)


def _upper(flow: Flow, site: int, values: Values) -> tuple[int | None, int | None]:
    """An integer or a power of ten that cannot be exceeded, None and None if none is known."""
    counted = {c for step in flow.steps for c, _ in step.effect.adds if c[0] == LINEAGE}
    if len(counted) * flow.settings.scale.cutoff * flow.size < 4 * RELAXED_BUDGET:
        try:
            relaxed = Recursion(_relaxed(flow), nominal=False, budget=RELAXED_BUDGET)
            return relaxed.evaluate(site, values), None
        except TooMany:
            pass
    depth = _longest_chain(flow)
    if depth is None:
        return None, None
    heaviest = max((_weight(flow, place) for place in range(flow.size)), default=1)
    bits = (depth + 1) * max(2, heaviest).bit_length()
    if bits > MOST_BITS:
        return None, bits * 30103 // 100_000 + 1
    most: int = max(2, heaviest) ** (depth + 1)
    return most, None


def _relaxed(flow: Flow) -> Flow:
    """The same flow with one lineage counter for all functions, and the sum of their limits."""
    counted = {c for step in flow.steps for c, _ in step.effect.adds if c[0] == LINEAGE}
    most = len(counted) * flow.settings.scale.cutoff
    relaxed = Flow(flow.settings, sites=flow.sites, plays=flow.plays, signs=flow.signs)
    effects = {id(s.effect): _merged(s.effect, most) for s in flow.steps}
    relaxed.steps = [evolve(step, effect=effects[id(step.effect)]) for step in flow.steps]
    return relaxed


def _merged(effect: Effect, most: int) -> Effect:
    guards = [g for g in effect.guards if g.counter[0] != LINEAGE]
    if len(guards) < len(effect.guards):
        guards.append(Guard(_ALL, below=most))
    adds = [(_ALL if counter[0] == LINEAGE else counter, n) for counter, n in effect.adds]
    return Effect(tuple(guards), effect.resets, effect.assigns, tuple(adds), effect.sums)


def _weight(flow: Flow, site: int) -> int:
    """How many events a site can turn one event into, retries included."""
    return sum(_play_weight(flow, site, play) for play in flow.plays.get(site, []))


def _play_weight(flow: Flow, site: int, play: Play) -> int:
    steps = [flow.steps[index] for index in play.hops]
    tries = [laps(step.effect, {}) for step in steps if step.target == site]
    copies = sum(step.times * step.attempts * (1 + step.cost) for step in steps)
    return copies * max(tries, default=1)


def _longest_chain(flow: Flow) -> int | None:
    """The most sites one event can pass, retries counted as one; None if that is not known."""
    kept = [step for step in flow.steps if step.source != step.target]
    successors = _successors(flow, kept)
    home = homes(successors)
    inside = [step for step in kept if home[step.source] == home[step.target]]
    if any(LINEAGE in step.effect.restarts for step in inside):
        return None
    free = _successors(flow, [s for s in inside if LINEAGE not in s.effect.consumes])
    if len(set(homes(free))) < flow.size:
        return None  # something other than the lineage bounds a loop
    counted: dict[int, set[Counter]] = {}
    for step in inside:
        more = {c for c, _ in step.effect.adds if c[0] == LINEAGE}
        counted.setdefault(home[step.source], set()).update(more)
    between = _longest(free, [1] * flow.size)
    cutoff = flow.settings.scale.cutoff
    weights = [
        (len(counted.get(home[site], ())) * cutoff + 1) * between for site in range(flow.size)
    ]
    return _longest(successors, weights)


def _successors(flow: Flow, steps: Iterable[Step]) -> list[list[int]]:
    successors: list[list[int]] = [[] for _ in range(flow.size)]
    for step in steps:
        successors[step.source].append(step.target)
    return successors


def _longest(successors: Sequence[Sequence[int]], weights: Sequence[int]) -> int:
    """The heaviest way through the components, each of which counts once."""
    length = [0] * len(successors)
    for members in components(successors):  # sinks first
        inside = set(members)
        beyond = [length[t] for site in members for t in successors[site] if t not in inside]
        value = max(weights[site] for site in members) + max(beyond, default=0)
        for site in members:
            length[site] = value
    return max(length, default=0)
