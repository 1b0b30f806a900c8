"""Cheapest sets that hit what they must: Z3 proposes, an oracle objects, objections become clauses.

Used in two directions. A search asks for the fewest mistakes that make an architecture unbounded:
whatever is bounded together objects that a mistake outside it is needed. A repair asks for the
cheapest edits that make it bounded: every endless run objects that an edit has to break it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import z3
from attrs import define, field

from lambdaspec.flow.graph import Flow
from lambdaspec.kernel.counters import outgoing
from lambdaspec.kernel.streett import endless
from lambdaspec.symbolic.nearest import Nearest, Sets, Tell, outcome
from lambdaspec.symbolic.oracle import Oracle, Says
from lambdaspec.symbolic.superposition import Superposition, superpose


@define
class Proposals:
    """Sets of edits in order of their cost, under clauses that grow."""

    costs: Sequence[int]
    solver: z3.Solver = field(factory=lambda: z3.SolverFor("QF_FD"))
    chosen: list[z3.BoolRef] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.chosen = [z3.Bool(f"e{place}") for place in range(len(self.costs))]

    def exclude(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Say which edits cannot be made together."""
        for one, other in pairs:
            self.solver.add(z3.Not(z3.And(self.chosen[one], self.chosen[other])))

    def demand(self, places: Iterable[int]) -> None:
        """At least one of these edits must be made."""
        self.solver.add(z3.Or([self.chosen[place] for place in places]))

    def change(self, more: Iterable[int], fewer: Iterable[int]) -> None:
        """One of `more` must be made, or one of `fewer` not."""
        parts = [self.chosen[place] for place in more]
        self.solver.add(z3.Or([*parts, *(z3.Not(self.chosen[place]) for place in fewer)]))

    def forbid(self, places: Collection[int], *, exactly: bool = False) -> None:
        """Not all of these edits together; with `exactly`, only not these and no others."""
        parts = [z3.Not(self.chosen[place]) for place in places]
        if exactly:
            parts += [c for place, c in enumerate(self.chosen) if place not in places]
        self.solver.add(z3.Or(parts))

    def within(self, cost: int) -> frozenset[int] | None:
        """A set that costs at most so much and meets every clause; None if there is none."""
        bound = z3.PbLe(list(zip(self.chosen, self.costs, strict=True)), cost)
        with_bound = [] if not self.chosen else [bound]
        self.solver.push()
        self.solver.add(*with_bound)
        answer = self.solver.check()
        model = self.solver.model() if answer == z3.sat else None
        self.solver.pop()
        if model is None:
            return None
        return frozenset(n for n, one in enumerate(self.chosen) if z3.is_true(model.eval(one)))


def nearest_by_hitting(
    oracle: Oracle, within: int, tell: Tell = lambda line: None, *, first: bool = False
) -> Nearest:
    """As `lambdaspec.symbolic.nearest.nearest`, by implicit hitting sets; `within` has no limit."""
    from lambdaspec.checking import prepared

    settings = prepared(oracle.architecture, oracle.options)
    whole = superpose(settings, oracle.edits, within)
    proposals = Proposals([1] * len(oracle.edits))
    proposals.exclude(_clashes(oracle))
    found: Sets = set()
    unknown: Sets = set()
    proved = -1
    try:
        for size in range(within + 1):
            for chosen in _rounds(proposals, size):
                _object(oracle, whole, proposals, chosen, found, unknown)
            proved = size
            tell(f"{size}: {len(found):,} found, {oracle.asked:,} configurations decided")
            if found and (first or size == 0):
                break
            if proposals.within(len(oracle.edits)) is None:  # no set of any size is left
                proved = within
                break
    except KeyboardInterrupt:
        tell("interrupted: what is proved so far stays true")
    return outcome(oracle, found, unknown, proved)


def _rounds(proposals: Proposals, cost: int) -> Iterator[frozenset[int]]:
    while (chosen := proposals.within(cost)) is not None:
        yield chosen


def _clashes(oracle: Oracle) -> Iterator[tuple[int, int]]:
    from lambdaspec.symbolic.edits import clashes

    return clashes(oracle.edits)


def _object(
    oracle: Oracle,
    whole: Superposition,
    proposals: Proposals,
    chosen: frozenset[int],
    found: Sets,
    unknown: Sets,
) -> None:
    """Decide one proposal, and tell the solver what follows from the answer."""
    if not suspect(whole, chosen):
        harmless = _grown(whole, chosen, len(oracle.edits))
        proposals.demand(set(range(len(oracle.edits))) - harmless)
        return
    says = oracle(chosen)
    if says is Says.UNBOUNDED:
        found.add(chosen)
        proposals.forbid(chosen)
        return
    if says is Says.UNKNOWN:
        unknown.add(chosen)
    proposals.forbid(chosen, exactly=True)


def suspect(whole: Superposition, chosen: Collection[int]) -> bool:
    """Whether the superposition with these edits has a set of hops that may go on for ever."""
    flow = whole.flow
    allowed = frozenset(chosen)
    there = [i for i, needs in enumerate(whole.needs) if allowed.issuperset(needs)]
    return bool(endless(flow.steps, _reached(flow, there)))


def _reached(flow: Flow, hops: Sequence[int]) -> list[int]:
    out = outgoing(flow.size, flow.steps, hops)
    todo = list(flow.starts)
    seen = set(todo)
    kept: list[int] = []
    while todo:
        for index in out[todo.pop()]:
            kept.append(index)
            target = flow.steps[index].target
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return kept


def _grown(whole: Superposition, chosen: frozenset[int], count: int) -> frozenset[int]:
    """As many edits as can be made beside these while the superposition stays bounded.

    By halving: a part that can be added whole is added whole.
    """
    kept = set(chosen)
    todo = [[place for place in range(count) if place not in chosen]]
    while todo:
        part = todo.pop()
        if not part:
            continue
        if not suspect(whole, kept.union(part)):
            kept.update(part)
        elif len(part) > 1:
            half = len(part) // 2
            todo += [part[half:], part[:half]]
    return frozenset(kept)
