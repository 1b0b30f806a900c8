"""Making a survivor concrete: a shortest prefix and cycle that can really be repeated for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from lambdaspec.kernel.counters import (
    Config,
    Counter,
    CounterGraph,
    Hop,
    Values,
    ceilings,
    config,
    outgoing,
    saturated,
)
from lambdaspec.kernel.paths import components, shortest
from lambdaspec.kernel.streett import endless

MOST_CANDIDATES = 2_000
"""How many places on an endless walk are tried as the place where its cycle begins."""

MOST_PUMPS = 5_000
"""How long a concrete prefix or cycle may become by staying at nodes to raise counters."""

MOST_COMPARED = 400
"""Up to this length a walk is searched for the first configuration that it meets twice."""

MOST_TRIED = 500
"""How many work hops on cycles are tried as the beginning of a shortest cycle."""

EXPLICIT_BUDGET = 200_000
"""How many (node, counter values) the explicit search visits before it gives up."""


MOST_VALUE = 1 << 64
"""A counter that a sum makes larger than this is not followed further: it may double each time."""


@frozen
class Lasso:
    """Hops of a run that never ends: `prefix` once, then `cycle` for ever.

    `values` are the counters where the cycle begins, on every lap.
    """

    start: int
    prefix: tuple[int, ...]
    cycle: tuple[int, ...]
    values: tuple[tuple[Counter, int], ...] = ()


@frozen
class Explored:
    """What the explicit search found: a lasso, or all configurations when it was complete."""

    lasso: Lasso | None
    configs: tuple[Config, ...]
    complete: bool


_State = tuple[int, int, int, bool]
"""A node with the groups spent and restarted on the way there, and whether work was done."""


Works = Callable[[int], bool]
"""Whether taking a hop counts as work, where that is not what the hop itself says."""

WorksAt = Callable[[Config, int], bool]
"""The same where it depends on the configuration in which the hop is taken."""


def find_lasso(
    graph: CounterGraph, survivor: Sequence[int], works: Works | None = None
) -> Lasso | None:
    """The shortest endless walk in a survivor, entered by the shortest way, if it can be walked."""
    cycle = _shortest_cycle(graph, survivor, works or (lambda i: graph.hops[i].work))
    if cycle is None:
        return None
    hops = graph.hops
    on_cycle = {hops[index].source: place for place, index in enumerate(cycle)}
    out = outgoing(graph.size, hops, range(len(hops)))
    found = shortest(graph.starts, lambda n: _moves(out, hops, n), on_cycle.__contains__)
    if found is None:
        return None
    node, way = found
    turned = cycle[on_cycle[node] :] + cycle[: on_cycle[node]]
    start = hops[way[0]].source if way else node
    return _walk(graph, start, way, turned)


def _moves(
    out: Sequence[Sequence[int]], hops: Sequence[Hop], node: int
) -> Iterator[tuple[int, int]]:
    for index in out[node]:
        yield index, hops[index].target


def _shortest_cycle(graph: CounterGraph, survivor: Sequence[int], works: Works) -> list[int] | None:
    """The shortest closed walk with a work hop that restarts every group it consumes."""
    hops = graph.hops
    groups = sorted({g for index in survivor for g in hops[index].effect.consumes})
    bit = {group: 1 << place for place, group in enumerate(groups)}
    out = outgoing(graph.size, hops, survivor)

    def marks(index: int) -> tuple[int, int, bool]:
        effect = hops[index].effect
        spent = sum(bit[g] for g in effect.consumes)
        given = sum(bit[g] for g in effect.restarts if g in bit)
        return spent, given, works(index)

    marked = {index: marks(index) for index in survivor}

    def steps(state: _State) -> Iterable[tuple[int, _State]]:
        node, spent, given, worked = state
        for index in out[node]:
            more, back, work = marked[index]
            yield index, (hops[index].target, spent | more, given | back, worked or work)

    best: list[int] | None = None
    for first in _pivots(survivor, hops, groups, works)[:MOST_CANDIDATES]:
        home = hops[first].source
        more, back, work = marked[first]
        begin: _State = (hops[first].target, more, back, work)

        def closed(state: _State, home: int = home) -> bool:
            return state[0] == home and state[3] and not state[1] & ~state[2]

        limit = None if best is None else len(best) - 2
        if limit is not None and limit < 0:
            break
        found = shortest([begin], steps, closed, limit)
        if found is not None:
            best = [first, *found[1]]
    return best


def _pivots(
    survivor: Sequence[int], hops: Sequence[Hop], groups: Sequence[str], works: Works
) -> list[int]:
    """Hops of which every endless walk in the survivor must take one; the fewest we know of."""
    choices = [[index for index in survivor if works(index)]]
    for group in groups:
        restarts = [i for i in survivor if group in hops[i].effect.restarts]
        if len(restarts) < len(choices[0]):
            rest = [i for i in survivor if group not in hops[i].effect.restarts]
            if endless(hops, rest) == ():
                choices.append(restarts)
    return min(choices, key=len)


def _walk(
    graph: CounterGraph, start: int, prefix: Sequence[int], cycle: Sequence[int]
) -> Lasso | None:
    """Take prefix and laps with real counters until a lap begins as the one before it did."""
    taken = _take(graph, prefix, graph.starts[start])
    tops = ceilings(graph.hops)
    for _ in range(3):
        if taken is None:
            return None
        before, way = taken
        lap = _take(graph, cycle, before)
        if lap is None:
            return None
        if saturated(lap[0], tops) == saturated(before, tops):
            found = Lasso(start, tuple(way), tuple(lap[1]), tuple(sorted(before.items())))
            return _earliest(graph, found)
        taken = lap[0], way + lap[1]
    return None


def _earliest(graph: CounterGraph, lasso: Lasso) -> Lasso:
    """The same walk, with its cycle beginning where a configuration is met for the first time."""
    way = lasso.prefix + lasso.cycle
    if len(way) > MOST_COMPARED:
        return lasso
    now = dict(graph.starts[lasso.start])
    seen = {config(lasso.start, now): 0}
    for place, index in enumerate(way, 1):
        hop = graph.hops[index]
        hop.effect.change(now)
        first = seen.setdefault(config(hop.target, now), place)
        if first < place and any(graph.hops[i].work for i in way[first:place]):
            return Lasso(lasso.start, way[:first], way[first:place], tuple(sorted(now.items())))
    return lasso


def follow(graph: CounterGraph, start: int, way: Iterable[int]) -> tuple[int, ...] | None:
    """A way from a start, with what must happen on it for its hops to be admitted; None: it fails."""
    taken = _take(graph, way, graph.starts[start])
    return None if taken is None else tuple(taken[1])


def _take(
    graph: CounterGraph, way: Iterable[int], values: Values
) -> tuple[dict[Counter, int], list[int]] | None:
    """Follow a way; where a hop asks for more of a counter, stay at the node until it is there."""
    now, taken = dict(values), list[int]()
    for index in way:
        hop = graph.hops[index]
        while not hop.effect.admits(now):
            more = pump(graph, hop, now)
            if more is None or len(taken) > MOST_PUMPS:
                return None
            graph.hops[more].effect.change(now)
            taken.append(more)
        hop.effect.change(now)
        taken.append(index)
    return now, taken


def pump(graph: CounterGraph, hop: Hop, values: Values) -> int | None:
    """A hop that stays where `hop` starts and raises what it asks for, rather one with work."""
    wanted = {
        guard.counter
        for guard in hop.effect.guards
        if guard.at_least is not None and values.get(guard.counter, 0) < guard.at_least
    }
    able = [
        (not other.work, index)
        for index, other in enumerate(graph.hops)
        if other.source == hop.source == other.target
        and other.effect.admits(values)
        and any(counter in wanted and amount > 0 for counter, amount in other.effect.adds)
    ]
    return min(able)[1] if able else None


Choose = Callable[[int, Sequence[int]], Sequence[int]]
"""Given a node and the hops that are open there, those that are to be followed."""


def explore(
    graph: CounterGraph,
    budget: int = EXPLICIT_BUDGET,
    choose: Choose | None = None,
    works: Works | None = None,
    *,
    works_at: WorksAt | None = None,
    saturate: bool = False,
) -> Explored:
    """Visit every (node, counter values) an event can reach; the answer where limits are tiny.

    With `choose`, only what it lets be reached; with `works`, a cycle needs what it says is work,
    with `works_at` what it says is work there;
    with `saturate`, counters that outgrow every comparison are taken to stand still.

    Returns:
        The shortest cycle of the first component that has a work hop, entered by a shortest
        prefix; or all configurations when there is none; `complete` is False when more than
        `budget` configurations are reachable, and then the lasso is one among those visited.

    """
    out = outgoing(graph.size, graph.hops, range(len(graph.hops)))
    tops = ceilings(graph.hops) if saturate else {}
    number: dict[Config, int] = {}
    moves: list[list[tuple[int, int]]] = []
    known: list[Config] = []

    def name(place: Config) -> int:
        if place not in number:
            number[place] = len(known)
            known.append(place)
        return number[place]

    for node, values in graph.starts.items():
        name(config(node, values))
    begin = range(len(known))
    while len(moves) < len(known) and len(known) <= budget:
        node, pairs = known[len(moves)]
        now = dict(pairs)
        moves.append([])
        able: Sequence[int] = [i for i in out[node] if graph.hops[i].effect.admits(now)]
        for index in able if choose is None else choose(node, able):
            hop = graph.hops[index]
            after: Values = hop.effect.apply(now)
            if hop.effect.sums and any(abs(v) > MOST_VALUE for v in after.values()):
                return Explored(None, (), complete=False)
            after = saturated(after, tops) if saturate else after
            moves[-1].append((index, name(config(hop.target, after))))
    complete = len(moves) == len(known)
    moves += [[] for _ in range(len(known) - len(moves))]
    counts: WorksAt = works_at or (lambda place, i: graph.hops[i].work)
    if works is not None:
        plain = works
        counts = lambda place, i: plain(i)  # noqa: E731
    lasso = _concrete_lasso(begin, known, moves, counts, [hop.source for hop in graph.hops])
    return Explored(lasso, tuple(known) if complete else (), complete)


def _concrete_lasso(
    begin: Iterable[int],
    known: Sequence[Config],
    moves: Sequence[Sequence[tuple[int, int]]],
    works: WorksAt,
    sources: Sequence[int],
) -> Lasso | None:
    home: dict[int, int] = {}
    for place, members in enumerate(components([[t for _, t in after] for after in moves])):
        home.update(dict.fromkeys(members, place))
    loops: Mapping[int, list[tuple[int, int]]] = {
        place: [(i, t) for i, t in after if home[t] == home[place]]
        for place, after in enumerate(moves)
    }
    best: tuple[int, list[int]] | None = None
    tried = 0
    for place, after in loops.items():
        for index, target in after:
            if not works(known[place], index) or tried >= MOST_TRIED:
                continue
            tried += 1
            back = shortest([target], loops.__getitem__, place.__eq__)
            if back is not None and (best is None or len(back[1]) + 1 < len(best[1])):
                best = (place, [index, *back[1]])
    if best is None:
        return None
    place, cycle = best
    found = shortest(begin, moves.__getitem__, place.__eq__)
    if found is None:  # every known configuration was reached from a start
        return None
    prefix = found[1]
    start = sources[prefix[0]] if prefix else known[place][0]
    return Lasso(start, tuple(prefix), tuple(cycle), tuple(sorted(known[place][1])))
