"""The loops of an architecture, one line each: what stops it, how far it gets, how sure we are.

A loop is a way back to the same function through a channel, a destination or a dead-letter queue;
a retry of the same event is none. Survivors of the decision give the unbounded loops; for what
remains, every connection that lies on a loop is covered by a shortest one through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

from attrs import define, field, frozen

from lambdaspec.architecture.elements import Evidence, Sdk
from lambdaspec.flow.graph import (
    AGE,
    HISTORY,
    LINEAGE,
    REDRIVES,
    Flow,
    Kind,
    Role,
    Step,
    retries_removed,
)
from lambdaspec.kernel.counters import Effect, Values, outgoing
from lambdaspec.kernel.lasso import Lasso, find_lasso, pump
from lambdaspec.kernel.paths import components, shortest
from lambdaspec.semantics.assumptions import SDK_CURRENT

MOST_LOOPS = 40
"""How many bounded loops are listed; a note says how many connections lie on further ones."""

OTHER_ENDS = frozenset({AGE, HISTORY, REDRIVES})
"""What ends a loop besides guards and the cutoff: age, a full history, a person's patience."""

MOST_LAPS = 20_000
"""How many laps of a guarded loop are counted one by one."""


class LoopVerdict(Enum):
    """What stops a loop."""

    UNBOUNDED = "unbounded"
    CUTOFF = "cutoff"
    EXPIRY = "expiry"
    GUARDED = "guarded"
    CUT_SHORT = "cut-short"


@frozen
class Loop:
    """One loop.

    Attributes:
        cycle: its hops.
        path: the functions and channels on it, the first one again at the end.
        evidence: the weakest evidence of an emission on it.
        lost: where the lineage is lost on it, as (from, to).
        assumptions: ids of the assumptions that its verdict rests on.
        runs: invocations until it is stopped, when every run succeeds; None if unbounded.
        intended: invocations it would take if the cutoff did not stop it; None if not cut short.
        blocked: the site at which the cutoff stops it.
        refused: the function that the cutoff refuses.
        lasso: the run that never ends.

    """

    verdict: LoopVerdict
    cycle: tuple[int, ...]
    path: tuple[str, ...]
    evidence: Evidence
    lost: tuple[tuple[str, str], ...]
    assumptions: tuple[str, ...]
    runs: int | None = None
    intended: int | None = None
    blocked: int | None = None
    refused: str | None = None
    lasso: Lasso | None = None


@frozen
class Loops:
    """All loops that are listed, and how many connections lie on loops that are not."""

    listed: tuple[Loop, ...]
    omitted: int = 0


def unbounded_loop(flow: Flow, lasso: Lasso) -> Loop:
    """The loop of a run that never ends."""
    return _loop(flow, LoopVerdict.UNBOUNDED, lasso.cycle, lasso=lasso)


def survivor_lasso(flow: Flow, survivor: Sequence[int]) -> Lasso | None:
    """A lasso in a survivor, rather one in which functions run than one in which they wait."""
    active = [i for i in survivor if flow.steps[i].role not in (Role.DROP, Role.REFUSE)]
    return (
        find_lasso(flow, active, flow.runs)
        or find_lasso(flow, survivor, flow.runs)
        or find_lasso(flow, survivor)
    )


def bounded_loops(flow: Flow, covered: Iterable[int] = ()) -> Loops:
    """A shortest loop through every connection that is on one and not `covered` by others."""
    search = _Search(flow)
    search.cover(covered)
    return search.run()


Edge = tuple[str, str]


@define
class _Search:
    flow: Flow
    done: set[Edge] = field(factory=set)
    paths: set[tuple[str, ...]] = field(factory=set)

    def edge(self, step: Step) -> Edge:
        sites = self.flow.sites
        return sites[step.source].element, sites[step.target].element

    def cover(self, hops: Iterable[int]) -> None:
        self.done.update(self.edge(self.flow.steps[index]) for index in hops)

    def run(self) -> Loops:
        flow = self.flow
        kept = list(retries_removed(flow))
        out = outgoing(flow.size, flow.steps, kept)
        targets = [[flow.steps[i].target for i in after] for after in out]
        home = [0] * flow.size
        for number, members in enumerate(components(targets)):
            for member in members:
                home[member] = number
        found: list[Loop] = []
        omitted: set[Edge] = set()
        for index in kept:
            step = flow.steps[index]
            inside = home[step.source] == home[step.target]
            if not inside or self.edge(step) in self.done or step.role is Role.DROP:
                continue
            if len(found) >= MOST_LOOPS:
                omitted.add(self.edge(step))
                continue
            cycle = self.cycle(index, out, home)
            if cycle is None:
                continue
            self.cover(cycle)
            loop = _classified(flow, cycle)
            if loop is not None and _turned(loop.path) not in self.paths:
                self.paths.add(_turned(loop.path))
                found.append(loop)
        return Loops(tuple(found), len(omitted))

    def cycle(
        self, first: int, out: Sequence[Sequence[int]], home: Sequence[int]
    ) -> list[int] | None:
        """The shortest way from the hop's end back to its start; dropped events as a last resort."""
        steps = self.flow.steps
        source = steps[first].source
        for drops in (False, True):

            def moves(site: int, drops: bool = drops) -> Iterable[tuple[int, int]]:
                for index in out[site]:
                    step = steps[index]
                    if home[step.target] == home[source] and (drops or step.role is not Role.DROP):
                        yield index, step.target

            back = shortest([steps[first].target], moves, source.__eq__)
            if back is not None:
                return _from_entry(self.flow, [first, *back[1]])
        return None


def _from_entry(flow: Flow, cycle: list[int]) -> list[int]:
    """The cycle from the site on that events reach first; sites are numbered in that order."""
    begin = min(range(len(cycle)), key=lambda place: flow.steps[cycle[place]].source)
    return cycle[begin:] + cycle[:begin]


def _turned(path: Sequence[str]) -> tuple[str, ...]:
    """A cyclic path in a canonical rotation, to recognise the same loop."""
    ring = list(path[:-1])
    least = ring.index(min(ring))
    return (*ring[least:], *ring[:least])


def _classified(flow: Flow, cycle: Sequence[int]) -> Loop | None:
    effects = [flow.steps[index].effect for index in [*cycle, *_helpers(flow, cycle)]]
    if not any(flow.steps[index].work for index in [*cycle, *_helpers(flow, cycle)]):
        return None
    restarted = frozenset[str]().union(*(effect.restarts for effect in effects))
    spent = frozenset[str]().union(*(effect.consumes for effect in effects)) - restarted
    start = _values_at(flow, cycle[0])
    design = _guarded(flow, cycle, start)
    if design is not None:
        real = _follow(flow, cycle, start, cutoff=True)
        if LINEAGE in spent and real.runs < design.runs:
            return _loop(flow, LoopVerdict.CUT_SHORT, cycle, stopped=real, intended=design.runs)
        return _loop(flow, LoopVerdict.GUARDED, cycle, stopped=design)
    if {flow.sites[flow.steps[i].target].kind for i in cycle} == {Kind.EXECUTION}:
        # The loop of one execution: what people draw as a loop, with an end of its own.
        ended = _follow(flow, cycle, start, cutoff=True)
        return _loop(flow, LoopVerdict.GUARDED, cycle, stopped=ended)
    if LINEAGE in spent and not spent & OTHER_ENDS:
        stopped = _follow(flow, cycle, start, cutoff=True)
        return _loop(flow, LoopVerdict.CUTOFF, cycle, stopped=stopped)
    if spent & OTHER_ENDS:
        stopped = _follow(flow, cycle, start, cutoff=True)
        return _loop(flow, LoopVerdict.EXPIRY, cycle, stopped=stopped)
    return _loop(flow, LoopVerdict.UNBOUNDED, cycle)


def _guarded(flow: Flow, cycle: Sequence[int], start: Values) -> _Stopped | None:
    """How the loop's own guards stop it, without the cutoff; None if they do not."""
    if not any(_payload_guards(flow.steps[index].effect) for index in cycle):
        return None
    stopped = _follow(flow, cycle, start, cutoff=False)
    if stopped.hop is None or not _payload_guards(flow.steps[stopped.hop].effect):
        return None
    return stopped


def _payload_guards(effect: Effect) -> bool:
    return any(guard.counter[0].startswith("payload.") for guard in effect.guards)


def _helpers(flow: Flow, cycle: Sequence[int]) -> list[int]:
    """Retries without which the cycle cannot go on: a redrive needs receives to be used up."""
    asking = {
        flow.steps[index].source: {
            g.counter for g in flow.steps[index].effect.guards if g.at_least is not None
        }
        for index in cycle
    }
    staying = [
        index
        for site in asking
        for play in flow.plays.get(site, ())
        for index in play.hops
        if flow.steps[index].target == site and flow.steps[index].work
    ]
    return [
        index
        for index in staying
        if any(c in asking[flow.steps[index].source] for c, _ in flow.steps[index].effect.adds)
    ]


@frozen
class _Stopped:
    """How a walk round a loop ended: runs until then, and the hop that was not admitted."""

    runs: int
    hop: int | None


def _values_at(flow: Flow, first: int) -> Values:
    """The counters of an event that comes to a loop by a shortest way from an entry."""

    def moves(site: int) -> Iterable[tuple[int, int]]:
        hops = (index for play in flow.plays.get(site, ()) for index in play.hops)
        return ((index, flow.steps[index].target) for index in hops)

    source = flow.steps[first].source
    found = shortest(flow.starts, moves, source.__eq__)
    if found is None:
        return {}
    way = found[1]
    values = flow.starts[flow.steps[way[0]].source if way else source]
    for index in way:
        values = flow.steps[index].effect.apply(values)
    return {c: v for c, v in values.items() if c[0] != LINEAGE}


def _follow(flow: Flow, cycle: Sequence[int], values: Values, *, cutoff: bool) -> _Stopped:
    """Go round until a hop is not admitted, with or without the cutoff; count what runs."""
    runs = 0
    now = dict(values)
    for _ in range(MOST_LAPS):
        for index in cycle:
            step = flow.steps[index]
            effect = step.effect if cutoff else _without_lineage(flow, step.effect)
            while not effect.admits(now):
                more = pump(flow, step, now)
                if more is None:
                    return _Stopped(runs, index)
                runs += flow.steps[more].work
                now = flow.steps[more].effect.apply(now)
            runs += step.work
            now = effect.apply(now)
    return _Stopped(runs, None)


def _without_lineage(flow: Flow, effect: Effect) -> Effect:
    return flow.effect(
        [guard for guard in effect.guards if guard.counter[0] != LINEAGE],
        effect.resets,
        effect.assigns,
        [add for add in effect.adds if add[0][0] != LINEAGE],
        effect.sums,
    )


def _loop(
    flow: Flow,
    verdict: LoopVerdict,
    cycle: Sequence[int],
    *,
    stopped: _Stopped | None = None,
    intended: int | None = None,
    lasso: Lasso | None = None,
) -> Loop:
    steps = [flow.steps[index] for index in cycle]
    path = flow.path(cycle)
    if path[-1] != path[0]:
        path.append(path[0])
    elif len(path) == 1:
        path = path * 2
    lost = {_ends(flow, step): None for step in steps if LINEAGE in step.effect.restarts}
    evidence = min((s.emission.evidence for s in steps if s.emission), default=Evidence.DECLARED)
    blocked = refused = None
    if stopped is not None and stopped.hop is not None:
        at = flow.steps[stopped.hop]
        blocked, refused = at.source, _refused(at)
    return Loop(
        verdict,
        tuple(cycle),
        tuple(path),
        evidence,
        tuple(lost),
        _assumptions(flow, steps),
        runs=None if stopped is None else stopped.runs,
        intended=intended,
        blocked=blocked,
        refused=refused,
        lasso=lasso,
    )


def _refused(step: Step) -> str | None:
    return next((g.counter[1] for g in step.effect.guards if g.counter[0] == LINEAGE), None)


def _ends(flow: Flow, step: Step) -> tuple[str, str]:
    return flow.sites[step.source].element, flow.sites[step.target].element


def _assumptions(flow: Flow, steps: Sequence[Step]) -> tuple[str, ...]:
    found = {step.assumption: None for step in steps if step.assumption}
    for step in steps:
        site = flow.sites[step.source]
        if site.kind is Kind.RUN and flow.settings.function(site.element).sdk is Sdk.BUNDLED:
            found[SDK_CURRENT.id] = None
    return tuple(found)


def by_path(loops: Iterable[Loop]) -> Mapping[tuple[str, ...], Loop]:
    """The loops by their path, in a canonical rotation: to compare two decisions."""
    return {_turned(loop.path): loop for loop in loops}
