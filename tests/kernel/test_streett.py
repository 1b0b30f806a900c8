"""The decision on toy graphs, and against the explicit search on random ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from lambdaspec.kernel.certificate import by_elimination, by_exploration, sealed
from lambdaspec.kernel.checker import verify
from lambdaspec.kernel.counters import Effect, Guard
from lambdaspec.kernel.lasso import explore, find_lasso
from lambdaspec.kernel.streett import decide
from tests.support.toy import A, B, Edge, Toy, restart, spend, toys


def test_a_cycle_without_counters_runs_away() -> None:
    assert not decide(Toy(1, (Edge(0, 0),))).bounded


def test_a_cycle_without_work_is_harmless() -> None:
    assert decide(Toy(1, (Edge(0, 0, work=False),))).bounded


def test_a_spent_counter_bounds_a_cycle() -> None:
    assert decide(Toy(2, (Edge(0, 1, spend(A, 16)), Edge(1, 0)))).bounded


def test_a_restart_on_the_cycle_unbounds_it() -> None:
    assert not decide(Toy(2, (Edge(0, 1, spend(A, 16)), Edge(1, 0, restart("a"))))).bounded


def test_a_restart_off_the_cycle_does_not() -> None:
    hops = (Edge(0, 1, spend(A, 16)), Edge(1, 0), Edge(1, 2, restart("a")))
    assert decide(Toy(3, hops)).bounded


def test_two_counters_that_restart_each_other_run_away() -> None:
    first = Effect((Guard(A, below=2),), frozenset("b"), adds=((A, 1),))
    second = Effect((Guard(B, below=2),), frozenset("a"), adds=((B, 1),))
    assert not decide(Toy(1, (Edge(0, 0, first), Edge(0, 0, second)))).bounded


def test_the_second_counter_counts_when_the_first_is_gone() -> None:
    outer = Effect((Guard(A, below=2),), frozenset("b"), adds=((A, 1),))
    hops = (Edge(0, 0, outer), Edge(0, 0, spend(B, 3)))
    decision = decide(Toy(1, hops))
    assert decision.bounded


def test_a_guard_elsewhere_on_the_cycle_bounds_it_too() -> None:
    grow = Effect(adds=((A, 1),))
    guard = Effect(guards=(Guard(A, below=30),))
    assert decide(Toy(2, (Edge(0, 1, grow), Edge(1, 0, guard)))).bounded
    apart = Toy(2, (Edge(0, 1, grow), Edge(1, 0, guard), Edge(1, 0)))
    assert not decide(apart).bounded


@pytest.mark.parametrize("member", ["x", "y"])
def test_one_members_growth_is_no_reason_about_another(member: str) -> None:
    grow = Effect(adds=((("c", "x"), 1),))
    guard = Effect(guards=(Guard(("c", member), below=3),))
    graph = Toy(2, (Edge(0, 1, grow), Edge(1, 0, guard)))
    assert decide(graph).bounded == (member == "x")


def test_a_growing_counter_does_not_hide_the_lasso() -> None:
    """Liveness-to-safety misses a loop in which something grows for ever."""
    graph = Toy(1, (Edge(0, 0, Effect(adds=((A, 1),))),))
    decision = decide(graph)
    assert not decision.bounded


def test_random_graphs_agree_with_the_explicit_search(
    report: Callable[[str, Counter[str]], None],
) -> None:
    tally: Counter[str] = Counter()

    @settings(max_examples=400)
    @given(toys())
    def compare(graph: Toy) -> None:
        explored = explore(graph, budget=3_000)
        if not explored.complete:
            tally["too large"] += 1
            return
        decision = decide(graph)
        tally["bounded" if decision.bounded else "suspected"] += 1
        if decision.bounded:
            assert explored.lasso is None
            verify(sealed(by_elimination(graph, graph.names, decision.region)))
        if explored.lasso is None:
            verify(sealed(by_exploration(graph, graph.names, explored.configs)))
        else:
            tally["endless"] += 1
        for survivor in decision.survivors:
            if find_lasso(graph, survivor) is not None:
                assert explored.lasso is not None

    compare()
    report("random counter graphs", tally)
    assert tally["bounded"] > 50
    assert tally["endless"] > 20
