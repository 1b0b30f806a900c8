"""The cheapest set of repairs after which an architecture is bounded.

Z3 proposes sets in the order of their cost; each is decided in full. An endless run objects: some
edit must touch an element that it passes, since nothing else can take it away. A number that is too
large objects only to exactly this set. So the first set that is accepted is a cheapest one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from attrs import frozen

from lambdaspec.architecture.elements import Architecture, Trigger, target_of
from lambdaspec.checking import check, prepared
from lambdaspec.decide import Decided, decide_architecture
from lambdaspec.diagnostics import Level
from lambdaspec.flow.bounds import entry_counts, total
from lambdaspec.flow.count import Count
from lambdaspec.kernel.verdict import Bounded, Unbounded
from lambdaspec.result import Options, Result
from lambdaspec.symbolic.edits import Change, Edit, Part, apply, clashes, valid
from lambdaspec.symbolic.hitting import Proposals

MOST_TRIED = 3_000
"""How many sets of repairs are decided before it is given up."""


@frozen
class Repaired:
    """What a repair found.

    Attributes:
        edits: the cheapest set; empty when nothing needs repair, None when none was found.
        result: the full check of the repaired architecture; None without a repair.
        cost: what the set costs.
        asked: how many sets were decided.
        exhausted: whether every set of repairs was tried or excluded by proof.

    """

    edits: tuple[Edit, ...] | None
    result: Result | None
    cost: int
    asked: int
    exhausted: bool = True


def repair(
    architecture: Architecture,
    options: Options,
    edits: Sequence[Edit],
    at_most: int | None = None,
    *,
    clean: bool = False,
) -> Repaired:
    """A cheapest set of edits that makes an architecture bounded.

    Args:
        architecture: what is repaired.
        options: under which evidence, cutoff and readings.
        edits: the repairs that may be made.
        at_most: also the worst case from one event must not exceed this.
        clean: also no loop may be left that is an error, such as one that only the cutoff stops.

    """
    proposals = Proposals([edit.cost for edit in edits])
    proposals.exclude(clashes(edits))
    dearest = sum(edit.cost for edit in edits)
    asked = cost = 0
    while asked < MOST_TRIED:
        chosen = _cheapest(proposals, cost, dearest)
        if chosen is None:
            return Repaired(None, None, 0, asked)
        places = sorted(chosen)
        cost = sum(edits[i].cost for i in places)
        edited = apply(architecture, [edits[i] for i in places])
        if not valid(edited):
            proposals.forbid(chosen, exactly=True)
            continue
        asked += 1
        decided = decide_architecture(prepared(edited, options), options.search)
        if isinstance(decided.verdict, Unbounded):
            _object(proposals, edits, chosen, decided)
            continue
        if isinstance(decided.verdict, Bounded) and _fits(decided, at_most):
            result = check(edited, options)
            if not clean or not any(one.level is Level.ERROR for one in result.findings):
                return Repaired(tuple(edits[i] for i in places), result, cost, asked)
        proposals.forbid(chosen, exactly=True)
    return Repaired(None, None, 0, asked, exhausted=False)


def _cheapest(proposals: Proposals, cost: int, dearest: int) -> frozenset[int] | None:
    """The cheapest set that is still allowed, knowing that none is cheaper than `cost`."""
    while cost <= dearest:
        chosen = proposals.within(cost)
        if chosen is not None:
            return chosen
        cost += 1
        if cost > 2 and proposals.within(dearest) is None:
            return None
    return None


def _fits(decided: Decided, at_most: int | None) -> bool:
    if at_most is None:
        return True
    most = worst(decided).most
    return most is not None and most <= at_most


def worst(decided: Decided) -> Count:
    """The worst case over all entries of what was decided to be bounded."""
    return total(entry_counts(decided.flow, nominal=False).values())


def _object(
    proposals: Proposals, edits: Sequence[Edit], chosen: frozenset[int], decided: Decided
) -> None:
    """An endless run stays unless an edit of something on its way is made, or not made."""
    lasso = decided.traces[0][0]
    elements = set(decided.flow.path([*lasso.prefix, *lasso.cycle]))
    elements |= _beside(decided, [*lasso.prefix, *lasso.cycle])
    elements |= {decided.flow.sites[lasso.start].element}
    triggers = decided.flow.settings.architecture.triggers
    touching = {
        place
        for place, edit in enumerate(edits)
        if any(_touches(change, elements, triggers) for change in edit.changes)
    }
    proposals.change(touching - chosen, touching & chosen)


def _touches(change: Change, elements: Collection[str], triggers: Sequence[Trigger]) -> bool:
    if change.part is not Part.TRIGGER:
        return change.name in elements
    trigger = triggers[int(change.name)]
    return trigger.source in elements or target_of(trigger) in elements


def _beside(decided: Decided, hops: Iterable[int]) -> set[str]:
    """What happens beside a hop may be what runs in each lap: everything that it can reach."""
    flow = decided.flow
    if all(flow.runs(i) or not flow.steps[i].company for i in hops):
        return set()
    return {site.element for site in flow.sites}
