"""Lassos: short, concrete, every arrow of them a hop."""

from __future__ import annotations

from hypothesis import given, settings

from lambdaspec.kernel.counters import Effect, Guard
from lambdaspec.kernel.lasso import Lasso, explore, find_lasso
from lambdaspec.kernel.streett import decide
from tests.support.toy import A, Edge, Toy, restart, spend, toys


def found(graph: Toy) -> Lasso:
    decision = decide(graph)
    lasso = find_lasso(graph, decision.survivors[0])
    assert lasso is not None
    return lasso


def walk(graph: Toy, lasso: Lasso) -> None:
    """Take it hop by hop: each begins where the last ended, each guard holds, laps are equal."""
    node, values = lasso.start, dict(graph.starts[lasso.start])
    begins = None
    for lap, way in enumerate((lasso.prefix, lasso.cycle, lasso.cycle)):
        for index in way:
            hop = graph.hops[index]
            assert hop.source == node
            assert hop.effect.admits(values)
            node, values = hop.target, hop.effect.apply(values)
        if lap:
            assert (node, values) == begins
        begins = node, values
    assert any(graph.hops[index].work for index in lasso.cycle)


def test_the_shortest_cycle_through_what_makes_it_endless() -> None:
    hops = (
        Edge(0, 1, spend(A, 16)),
        Edge(1, 0, spend(A, 16)),
        Edge(1, 2, restart("a")),
        Edge(2, 0),
        Edge(1, 3),
        Edge(3, 4, restart("a")),
        Edge(4, 0),
    )
    lasso = found(Toy(5, hops))
    assert (lasso.prefix, sorted(lasso.cycle)) == ((), [0, 2, 3])


def test_the_shortest_prefix() -> None:
    hops = (Edge(0, 1), Edge(1, 2), Edge(0, 2), Edge(2, 3), Edge(3, 2))
    lasso = found(Toy(4, hops))
    assert lasso.prefix == (2,)


def test_a_self_loop_is_a_cycle_of_one() -> None:
    lasso = found(Toy(1, (Edge(0, 0),)))
    assert (lasso.prefix, lasso.cycle) == ((), (0,))


def test_a_hop_that_asks_for_more_is_waited_for() -> None:
    asks = Effect(guards=(Guard(A, at_least=3),), resets=frozenset("a"))
    graph = Toy(1, (Edge(0, 0, spend(A, 3)), Edge(0, 0, asks, work=False)))
    lasso = found(graph)
    walk(graph, lasso)
    assert sorted(lasso.cycle) == [0, 0, 0, 1]


@settings(max_examples=300)
@given(toys())
def test_every_lasso_can_be_walked_for_ever(graph: Toy) -> None:
    for survivor in decide(graph).survivors:
        lasso = find_lasso(graph, survivor)
        if lasso is not None:
            walk(graph, lasso)
    explored = explore(graph, budget=2_000)
    if explored.lasso is not None:
        walk(graph, explored.lasso)


def test_too_large_is_no_answer() -> None:
    graph = Toy(1, (Edge(0, 0, Effect(adds=((A, 1),))),))
    assert explore(graph, budget=50).complete is False
