"""The nearest mistakes by generation: Hypothesis draws sets of edits, is steered, and shrinks.

It proves nothing where it finds nothing; what it finds is minimal, because it takes edits away
until each one is needed. It is the engine for spaces of which nothing else is known, and the one
that the exact engines are compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from lambdaspec.symbolic.edits import compatible
from lambdaspec.symbolic.nearest import Nearest, Sets, Tell, outcome
from lambdaspec.symbolic.oracle import Oracle, Says
from lambdaspec.symbolic.superposition import Superposition, superpose

EXAMPLES = 2_000
"""How many sets of edits are drawn before it is given up."""


class _Found(Exception):
    """A set of edits that makes it unbounded."""


def nearest_by_generation(
    oracle: Oracle,
    within: int,
    tell: Tell = lambda line: None,
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
) -> Nearest:
    """A minimal set of at most `within` edits that makes it unbounded, if generation meets one.

    Args:
        oracle: the architecture, the options and the edits.
        within: how many edits may be made at once.
        tell: is told how it went.
        examples: how many sets are drawn.
        seed: the same seed draws the same sets.

    """
    import hypothesis
    from hypothesis import strategies as st

    from lambdaspec.checking import prepared

    found: Sets = set()
    places = range(len(oracle.edits))
    whole = superpose(prepared(oracle.architecture, oracle.options), oracle.edits, within)
    if oracle(()) is Says.UNBOUNDED:
        return outcome(oracle, {frozenset()}, set(), 0)
    if not places or not within:
        return outcome(oracle, found, set(), 0)

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=hypothesis.Verbosity.quiet,
    )
    @hypothesis.given(st.sets(st.sampled_from(places), min_size=1, max_size=within))
    def draws(chosen: set[int]) -> None:
        hypothesis.assume(compatible([oracle.edits[i] for i in chosen]))
        hypothesis.target(float(_promise(whole, chosen)))
        if oracle(chosen) is Says.UNBOUNDED:
            found.add(_needed(chosen, oracle))
            raise _Found

    try:
        draws()
    except _Found:
        least = min(found, key=lambda one: (len(one), sorted(one)))
        tell(f"{len(least)}: found by generation, {oracle.asked:,} configurations decided")
        return outcome(oracle, {least}, set(), 0)
    except KeyboardInterrupt:
        tell("interrupted")
    except hypothesis.errors.Unsatisfiable:
        pass
    tell(f"nothing found in {examples:,} draws, which proves nothing")
    return outcome(oracle, found, set(), 0)


def _promise(whole: Superposition, chosen: set[int]) -> int:
    """How many hops of the chosen edits lie on cycles: what generation is steered by."""
    from lambdaspec.kernel.paths import components

    steps = whole.flow.steps
    there = [i for i, needs in enumerate(whole.needs) if chosen.issuperset(needs)]
    successors: list[list[int]] = [[] for _ in range(whole.flow.size)]
    for index in there:
        successors[steps[index].source].append(steps[index].target)
    home = {n: number for number, part in enumerate(components(successors)) for n in part}
    own = (steps[i] for i in there if whole.needs[i])
    return sum(home[step.source] == home[step.target] for step in own)


def _needed(chosen: set[int], oracle: Callable[[set[int]], Says]) -> frozenset[int]:
    """Take edits away as long as it stays unbounded."""
    kept = set(chosen)
    for place in sorted(chosen):
        if oracle(kept - {place}) is Says.UNBOUNDED:
            kept.discard(place)
    return frozenset(kept)


def nearest_by_trying(oracle: Oracle, within: int) -> Nearest:
    """All minimal sets by trying every set: what the engines are compared with."""
    found: Sets = set()
    unknown: Sets = set()
    for size in range(within + 1):
        for places in combinations(range(len(oracle.edits)), size):
            chosen = frozenset(places)
            if any(one <= chosen for one in found):
                continue
            says = oracle(chosen)
            if says is Says.UNBOUNDED:
                found.add(chosen)
            elif says is Says.UNKNOWN:
                unknown.add(chosen)
        if size == 0 and found:
            break
    return outcome(oracle, found, unknown, within)
