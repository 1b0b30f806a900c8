"""Explicit search against definitions: shortest runs, fairness by enumeration, limits, progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

from attrs import field, frozen
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from lambdaspec.kernel.paths import components
from lambdaspec.kernel.properties import Moment, Property, always, eventually, sometimes
from lambdaspec.kernel.search import Answer, Explored, Limits, Progress, Search, successors

Edge = tuple[int, int, str]
"""From, to, who."""


@frozen(eq=False)
class Graph:
    """A system of a few states; states are 2^n so that differences tell them apart."""

    edges: tuple[Edge, ...]
    start: int = 0
    kept: dict[int, list[list[tuple[int, int]]]] = field(factory=dict)

    def initial(self) -> list[int]:
        return [1 << self.start]

    def bundles(self, state: int) -> list[list[tuple[int, int]]]:
        if state not in self.kept:
            here = state.bit_length() - 1
            moves = [
                (label, (1 << there) - state)
                for label, (source, there, _) in enumerate(self.edges)
                if source == here
            ]
            self.kept[state] = [moves]
        return self.kept[state]

    def reduced(self, _state: int, _visible: Callable[[int], bool]) -> Sequence[tuple[int, int]]:
        return ()

    def holds(self, one: Property, label: int | None, state: int) -> bool:
        return one.holds(Moment(state.bit_length() - 1, label))

    def party(self, label: int) -> str:
        return self.edges[label][2]


def ask(edges: Sequence[Edge], *properties: Property, limits: Limits | None = None) -> Explored:
    return Search(Graph(tuple(edges)), properties, limits or Limits()).run()


def at(*places: int) -> Callable[[Moment], bool]:
    return lambda moment: moment.state in places


def places(answer: Answer) -> list[int]:
    assert answer.run is not None
    return [s.bit_length() - 1 for s in (answer.run.start, *(s for _, s in answer.run.steps))]


def test_counterexamples_and_witnesses_are_shortest() -> None:
    edges = [(0, 1, "a"), (1, 2, "a"), (2, 3, "a"), (0, 4, "b"), (4, 3, "b")]
    never = always("never 3", lambda moment: moment.state != 3)
    once = sometimes("once 3", at(3))
    found = ask(edges, never, once, sometimes("once 7", at(7)))
    assert [one.holds for one in found.answers] == [False, True, False]
    assert places(found.answers[0]) == places(found.answers[1]) == [0, 4, 3]
    assert (found.states, found.stopped) == (5, None)
    assert found.answers[1].met == 1


def test_what_holds_is_looked_for_everywhere_and_says_how_often_it_applied() -> None:
    found = ask([(0, 1, "a"), (1, 0, "a")], always("small", lambda m: m.state < 2))
    assert found.answers[0].holds is True
    assert found.answers[0].met > 0


def test_a_run_that_ends_without_the_goal_breaks_eventually() -> None:
    found = ask([(0, 1, "a"), (0, 2, "a")], eventually("2", at(2)))
    assert found.answers[0].holds is False
    assert places(found.answers[0]) == [0, 1]


def test_weak_fairness_lets_nobody_be_put_off_for_ever() -> None:
    spin = [(0, 0, "a"), (0, 1, "b")]
    assert ask(spin, eventually("1", at(1))).answers[0].holds is True
    same = [(0, 0, "b"), (0, 1, "b")]
    unfair = ask(same, eventually("1", at(1))).answers[0]
    assert unfair.holds is False
    assert unfair.run is not None
    assert unfair.run.repeats == 0
    now_and_then = [(0, 1, "a"), (1, 0, "a"), (0, 2, "b")]
    assert ask(now_and_then, eventually("2", at(2))).answers[0].holds is False


def fair_and_endless(edges: Sequence[Edge], goal: set[int]) -> bool:
    """By definition: some strongly connected set of steps without the goal treats all fairly."""
    inside = [one for one in edges if one[0] not in goal and one[1] not in goal]
    reached, todo = {0} - goal, [0] if 0 not in goal else []
    while todo:
        here = todo.pop()
        for source, target, _ in inside:
            if source == here and target not in reached:
                reached.add(target)
                todo.append(target)
    if any(all(source != place for source, _, _ in edges) for place in reached):
        return True
    usable = [one for one in inside if one[0] in reached]
    for size in range(1, len(usable) + 1):
        for chosen in combinations(usable, size):
            nodes = sorted({one[0] for one in chosen} | {one[1] for one in chosen})
            number = {node: place for place, node in enumerate(nodes)}
            after = [[number[t] for s, t, _ in chosen if s == node] for node in nodes]
            if len(list(components(after))) != 1 or not all(after):
                continue
            acting = {who for _, _, who in chosen}
            able = [{who for s, _, who in edges if s == node} for node in nodes]
            if all(who in acting or any(who not in one for one in able) for who in "abc"):
                return True
    return False


def test_eventually_is_decided_as_fairness_is_defined(
    report: Callable[[str, Counter[str]], None],
) -> None:
    tally: Counter[str] = Counter()
    node = st.integers(0, 3)
    some = st.lists(st.tuples(node, node, st.sampled_from("abc")), max_size=8, unique=True)

    @seed(8_000)
    @settings(max_examples=500)
    @given(some, st.sets(st.integers(1, 3), max_size=2))
    def compare(edges: list[Edge], goal: set[int]) -> None:
        answer = ask(edges, eventually("goal", at(*goal))).answers[0]
        assert answer.holds is not fair_and_endless(edges, goal)
        tally["holds" if answer.holds else "broken"] += 1
        if answer.run is not None:
            walk = places(answer)
            assert goal.isdisjoint(walk)
            steps = {(s, t) for s, t, _ in edges}
            assert all(pair in steps for pair in pairwise(walk))
            if answer.run.repeats is not None:
                assert walk[answer.run.repeats] == walk[-1]

    compare()
    report("toy systems on which eventually was compared with its definition", tally)
    assert min(tally["holds"], tally["broken"]) > 50


def test_a_limit_makes_the_answer_unknown_and_the_rest_can_be_gone_on_with() -> None:
    chain = [(n, n + 1, "a") for n in range(3_000)]
    goal = sometimes("far", at(3_000))
    first = Search(Graph(tuple(chain)), [goal], Limits(states=1_000))
    stopped = first.run()
    assert stopped.answers[0].holds is None
    assert stopped.stopped == "more than 1,000 states"
    more = Search(first.system, [goal], Limits(), parent=first.parent, frontier=first.frontier)
    more.depth = first.depth
    found = more.run()
    assert found.answers[0].holds is True
    assert len(places(found.answers[0])) == 3_001
    for limits in (Limits(memory=1), Limits(seconds=-1.0)):
        assert ask(chain, goal, limits=limits).answers[0].holds is None


def test_progress_is_told() -> None:
    told: list[Progress] = []
    graph = Graph(tuple((n, n + 1, "a") for n in range(50)))
    Search(graph, [], Limits(), tell=told.append).run()
    assert told
    assert told[0].states >= 1
    assert successors(graph, 1) == [(0, 2)]
