"""Repair, audit, bases and maximise agree with trying everything on generated small spaces."""

import os
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import combinations, product

import pytest
from attrs import evolve
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

from lambdaspec import Bounded, Options, check
from lambdaspec.architecture.elements import Architecture
from lambdaspec.checking import decided_with_loops
from lambdaspec.flow import bounds
from lambdaspec.flow.count import Recursion
from lambdaspec.flow.loops import LoopVerdict
from lambdaspec.strategies import architectures
from lambdaspec.symbolic.audit import allowing, audit
from lambdaspec.symbolic.edits import Edit, apply, compatible, valid
from lambdaspec.symbolic.maximise import maximise, read_range
from lambdaspec.symbolic.mistakes import mistakes
from lambdaspec.symbolic.oracle import Oracle, Says
from lambdaspec.symbolic.repair import repair
from lambdaspec.symbolic.repairs import repairs
from lambdaspec.symbolic.robust import PROTECTIONS, bases

SHARDS = 2
PER_SHARD = 500 if os.environ.get("CI") else 40
QUICK = Options(search=300, cutoff=3)
Report = Callable[[str, Counter[str]], None]


@st.composite
def broken(draw: Callable[..., object]) -> tuple[Architecture, list[Edit]]:
    """An architecture, and at most seven of the repairs that it could have."""
    architecture = draw(architectures())
    assert isinstance(architecture, Architecture)
    every = repairs(architecture)
    assume(every and Oracle(architecture, QUICK)(()) is Says.UNBOUNDED)
    places = draw(st.sets(st.sampled_from(range(len(every))), min_size=1, max_size=7))
    assert isinstance(places, set)
    return architecture, [every[i] for i in sorted(places)]


def cheapest(architecture: Architecture, edits: list[Edit]) -> int | None:
    """The least cost of a set after which it is bounded, by trying all of them."""
    oracle = Oracle(architecture, QUICK, edits)
    sets = (c for n in range(len(edits) + 1) for c in combinations(range(len(edits)), n))
    good = [sum(edits[i].cost for i in one) for one in sets if oracle(one) is Says.BOUNDED]
    return min(good, default=None)


@pytest.fixture
def hasty_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are given up early where only the verdict is asked for."""
    monkeypatch.setattr(bounds, "Recursion", partial(Recursion, budget=3_000))
    monkeypatch.setattr(bounds, "RELAXED_BUDGET", 100)


@pytest.mark.usefixtures("hasty_counts")
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_repair_is_cheapest_and_always_checks_as_bounded(shard: int, report: Report) -> None:
    tally: Counter[str] = Counter()

    @seed(7_000 + shard)
    @settings(max_examples=PER_SHARD)
    @given(broken())
    def compare(space: tuple[Architecture, list[Edit]]) -> None:
        architecture, edits = space
        made = repair(architecture, QUICK, edits)
        assert made.exhausted
        assert (None if made.edits is None else made.cost) == cheapest(architecture, edits)
        tally["spaces"] += 1
        tally["repaired"] += made.edits is not None
        if made.edits is not None:
            again = check(apply(architecture, made.edits), QUICK)
            assert isinstance(again.verdict, Bounded)

    compare()
    report("repair", tally)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_audit_agrees_with_every_set_of_allows(shard: int, report: Report) -> None:
    tally: Counter[str] = Counter()

    @seed(8_000 + shard)
    @settings(max_examples=PER_SHARD)
    @given(architectures(), st.sampled_from([1, 2, 3]))
    def compare(architecture: Architecture, cutoff: int) -> None:
        options = evolve(QUICK, cutoff=cutoff)
        said = audit(architecture, options)
        names = [f.name for f in architecture.functions.values() if not f.is_pipe]
        truth: set[frozenset[str]] = set()
        for size in range(len(names) + 1):
            for chosen in combinations(names, size):
                if any(one <= frozenset(chosen) for one in truth):
                    continue
                decided, _ = decided_with_loops(allowing(architecture, chosen), options)
                if decided.verdict.word == "unbounded":
                    truth.add(frozenset(chosen))
        assert {frozenset(one) for one in said.unsafe} == truth
        assert said.complete
        decided, loops = decided_with_loops(allowing(architecture, said.needed), options)
        assert decided.verdict.word == said.result.verdict.word
        short = [one.loop for one in loops if one.loop.verdict is LoopVerdict.CUT_SHORT]
        assert all(loop.refused in said.needed or not loop.refused for loop in short)
        tally["architectures"] += 1
        tally["with an unsafe Allow"] += bool(truth) and frozenset() not in truth
        tally["with a needed Allow"] += bool(said.needed)

    compare()
    report("audit", tally)


def test_bases_are_the_minimal_sets_of_protections(report: Report) -> None:
    tally: Counter[str] = Counter()

    @seed(9_000)
    @settings(max_examples=PER_SHARD)
    @given(architectures())
    def compare(architecture: Architecture) -> None:
        every: list[Edit] = []
        for edit in mistakes(architecture, PROTECTIONS):
            if compatible([*every, edit]):
                every.append(edit)
        assume(len(every) <= 8)
        oracle = Oracle(architecture, QUICK, every)
        told = {frozenset(e.says for e in one.losses) for one in bases(architecture, QUICK)}
        whole = frozenset(range(len(every)))
        carries = [
            frozenset(kept)
            for size in range(len(every) + 1)
            for kept in combinations(sorted(whole), size)
            if oracle(whole - frozenset(kept)) is Says.BOUNDED
        ]
        if oracle(()) is not Says.BOUNDED:
            assert not told
            return
        least = [one for one in carries if not any(other < one for other in carries)]
        for one in least:  # each minimal one by inclusion is found, unless a smaller way exists
            assert any(t <= frozenset(every[i].says for i in one) for t in told)
        assert told <= {frozenset(every[i].says for i in one) for one in carries}
        tally["architectures"] += 1
        tally["minimal sets"] += len(told)

    compare()
    report("bases", tally)


def test_the_largest_worst_case_is_that_of_every_configuration(report: Report) -> None:
    tally: Counter[str] = Counter()

    @seed(9_500)
    @settings(max_examples=PER_SHARD // 2)
    @given(architectures())
    def compare(architecture: Architecture) -> None:
        texts = [
            f"{n}.max_retry_attempts=0..2"
            for n, f in architecture.functions.items()
            if not f.is_pipe
        ]
        for name, channel in architecture.channels.items():
            if getattr(channel, "redrive", None) is not None:
                texts.append(f"{name}.max_receive_count=1..3")
        ranges = [read_range(architecture, text) for text in texts[:3]]
        assume(ranges)
        found = maximise(architecture, QUICK, ranges)
        numbers: list[int] = []
        for chosen in product(*([(), *((e,) for e in one.edits)] for one in ranges)):
            edited = apply(architecture, [edit for part in chosen for edit in part])
            if valid(edited):
                result = check(edited, QUICK)
                if result.worst is None or not result.worst.exact:
                    assert found.count is None or not found.proved
                    return
                numbers.append(result.worst.least)
        assert found.proved
        assert found.count is not None
        assert found.count.least == max(numbers)
        tally["architectures"] += 1
        tally["configurations"] += len(numbers)
        tally["decided by the search"] += found.asked

    compare()
    report("maximise", tally)
