"""One decision, verified: flow, elimination, certificate or replayed lassos.

Nothing leaves here unchecked. A certificate passes the independent checker, a lasso is replayed on
the machine, a suspicion that cannot be made concrete is decided by explicit search; where two parts
of lambdaspec contradict each other, that is a `ToolFault`.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from lambdaspec.errors import ToolFault
from lambdaspec.flow.build import build
from lambdaspec.flow.graph import Flow, Kind, Role
from lambdaspec.flow.loops import survivor_lasso
from lambdaspec.kernel import certificate
from lambdaspec.kernel.checker import Rejected, prove
from lambdaspec.kernel.counters import Config, Values, config, outgoing
from lambdaspec.kernel.lasso import EXPLICIT_BUDGET, Lasso, explore
from lambdaspec.kernel.streett import Decision, decide
from lambdaspec.kernel.verdict import Bounded, Unbounded, Unknown, Verdict
from lambdaspec.replay import MOST_UNWOUND, TooLong, Trace, Unreplayable, replay
from lambdaspec.semantics.settings import Settings
from lambdaspec.semantics.system import Machine
from lambdaspec.semantics.world import World


@frozen
class Decided:
    """A verified verdict, with the flow it is about and the replayed traces of its lassos."""

    flow: Flow
    verdict: Verdict
    traces: tuple[tuple[Lasso, Trace], ...] = ()


def machine_for(settings: Settings) -> Machine:
    """The machine that runs an architecture under the same settings as a flow."""
    return Machine(World(settings.architecture, settings.scale, settings.readings))


def decide_architecture(settings: Settings, budget: int = EXPLICIT_BUDGET) -> Decided:
    """Decide whether one event can cause invocations without end.

    Args:
        settings: the architecture, the limits and how undocumented behaviour is read.
        budget: how many configurations an explicit search may visit, where one is needed.

    Raises:
        ToolFault: two parts of lambdaspec contradict each other.

    """
    flow = build(settings)
    decision = decide(flow)
    if decision.bounded:
        proof = certificate.by_elimination(flow, flow.names(), decision.region)
        return Decided(flow, _verified(proof))
    machine = machine_for(settings)
    traces = _replayed(flow, machine, decision)
    if traces:
        return Decided(flow, Unbounded(tuple(lasso for lasso, _ in traces)), tuple(traces))
    return _explicitly(flow, machine, budget)


def _verified(proof: dict[str, object]) -> Bounded:
    try:
        prove(proof)
    except Rejected as error:
        raise ToolFault(f"the certificate of a bounded verdict does not check: {error}") from error
    return Bounded(proof)


def _replayed(flow: Flow, machine: Machine, decision: Decision) -> list[tuple[Lasso, Trace]]:
    """The survivors that are real, with their traces; what does not replay is left out."""
    found = []
    for survivor in decision.survivors:
        # Where synchronous calls never answer, what is written after them is never written.
        calls = [index for index in survivor if flow.steps[index].role is Role.CALL]
        for hops in (survivor, calls):
            lasso = survivor_lasso(flow, hops)
            if lasso is not None:
                try:
                    found.append((lasso, replay(flow, machine, lasso)))
                    break
                except Unreplayable:
                    continue
    return found


def _explicitly(flow: Flow, machine: Machine, budget: int) -> Decided:
    for part in (budget // 100, budget // 10, budget):
        explored = explore(flow, part, works=flow.runs)
        if not explored.complete and explored.lasso is None:
            # Some counter may grow for ever: cut down where no guard can tell.
            grown = explore(flow, part, works=flow.runs, saturate=True)
            explored = evolve(explored, lasso=grown.lasso)
        if explored.complete or explored.lasso is not None:
            break
    if explored.complete and explored.lasso is None:
        real = _real_company(flow, explored.configs)
        flow = _with_real_company(flow, real)
        whole = flow
        explored = explore(
            flow,
            budget,
            works_at=lambda at, i: (
                whole.steps[i].work and (not whole.steps[i].company or (at, i) in real)
            ),
        )
        if explored.complete and explored.lasso is None and not _provable(flow, explored.configs):
            # Certificates mark hops, not where they are taken: this one cannot be written down.
            reason = "a loop runs nothing where it goes round, but could where it does not"
            return Decided(flow, Unknown(reason, f"{len(explored.configs):,} configurations"))
    if not explored.complete and explored.lasso is None:
        reason = "a loop may be endless, but no run of it could be completed"
        return Decided(flow, Unknown(reason, f"{budget:,} configurations of one event visited"))
    if explored.lasso is None:
        proof = certificate.by_exploration(flow, flow.names(), explored.configs)
        return Decided(flow, _verified(proof))
    try:
        trace = replay(flow, machine, explored.lasso)
    except TooLong as error:
        descent = _descent(flow, machine, budget)
        if descent is not None:
            return descent
        reason = f"an endless run was found, but could not be replayed: {error}"
        return Decided(flow, Unknown(reason, f"{MOST_UNWOUND:,} steps beside it"))
    except Unreplayable as error:
        raise ToolFault(f"flow and machine disagree about an endless run: {error}") from error
    return Decided(flow, Unbounded((explored.lasso,)), ((explored.lasso, trace),))


def _provable(flow: Flow, configs: Sequence[Config]) -> bool:
    try:
        prove(certificate.by_exploration(flow, flow.names(), configs))
    except Rejected:
        return False
    return True


def _real_company(flow: Flow, configs: Sequence[Config]) -> set[tuple[Config, int]]:
    """Where a hop is taken beside others that can come to run something from there.

    The marks of `flow.build` do not look at guards; here every configuration is known.
    """
    runs = _reaching_runs(flow, configs)
    real: set[tuple[Config, int]] = set()
    for site, pairs in configs:
        place, values = (site, pairs), dict(pairs)
        for play in flow.plays.get(site, ()):
            able = [i for i in play.hops if flow.steps[i].effect.admits(values)]
            after = {i: _after(flow, i, values) for i in able}
            for index in able:
                others = [after[i] for i in able if i != index]
                copies = [after[index]] if flow.steps[index].times > 1 else []
                if not runs.isdisjoint([*others, *copies]):
                    real.add((place, index))
    return real


def _with_real_company(flow: Flow, real: set[tuple[Config, int]]) -> Flow:
    """The flow with a hop marked as work beside others only where that is so somewhere."""
    somewhere = {index for _, index in real}
    steps = [
        evolve(step, work=step.work and (not step.company or index in somewhere))
        for index, step in enumerate(flow.steps)
    ]
    return evolve(flow, steps=steps)


def _after(flow: Flow, index: int, values: Values) -> Config:
    step = flow.steps[index]
    return config(step.target, step.effect.apply(values))


def _reaching_runs(flow: Flow, configs: Sequence[Config]) -> set[Config]:
    """The configurations from which a function can come to run."""
    into: dict[Config, list[Config]] = {}
    todo = []
    out = outgoing(flow.size, flow.steps, range(len(flow.steps)))
    for place in configs:
        values = dict(place[1])
        for index in out[place[0]]:
            if flow.steps[index].effect.admits(values):
                into.setdefault(_after(flow, index, values), []).append(place)
                if flow.runs(index):
                    todo.append(place)
    found = set(todo)
    while todo:
        for before in into.get(todo.pop(), ()):
            if before not in found:
                found.add(before)
                todo.append(before)
    return found


def _descent(flow: Flow, machine: Machine, budget: int) -> Decided | None:
    """Where calls do not come to an end, the endless run goes down into them, in order.

    Only the writes up to the first call of a function are followed, and that call.
    """

    def first_call(site: int, hops: Sequence[int]) -> Sequence[int]:
        for place, index in enumerate(hops):
            if flow.steps[index].role is Role.CALL and flow.sites[site].kind is Kind.RUN:
                return hops[: place + 1]
        return hops

    lasso = explore(flow, budget, first_call).lasso
    if lasso is None:
        return None
    try:
        trace = replay(flow, machine, lasso)
    except Unreplayable:
        return None
    return Decided(flow, Unbounded((lasso,)), ((lasso, trace),))
