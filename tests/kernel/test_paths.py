"""Components and shortest paths against naive versions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lambdaspec.kernel.paths import components, shortest

graphs = st.integers(1, 8).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, n - 1), max_size=4), min_size=n, max_size=n)
)


def reach(successors: list[list[int]], start: int) -> set[int]:
    seen, todo = {start}, [start]
    while todo:
        for node in successors[todo.pop()]:
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return seen


@given(graphs)
def test_components_are_the_mutually_reachable_nodes_sinks_first(
    successors: list[list[int]],
) -> None:
    found = components(successors)
    reached = [reach(successors, node) for node in range(len(successors))]
    position = {node: place for place, members in enumerate(found) for node in members}
    assert sorted(position) == list(range(len(successors)))
    for a in range(len(successors)):
        for b in range(len(successors)):
            together = b in reached[a] and a in reached[b]
            assert (position[a] == position[b]) == together
            if b in reached[a]:
                assert position[b] <= position[a]


@given(graphs, st.data())
def test_shortest_is_shortest(successors: list[list[int]], data: st.DataObject) -> None:
    goal = data.draw(st.integers(0, len(successors) - 1))
    found = shortest([0], lambda n: list(enumerate(successors[n])), goal.__eq__)
    distance = {0: 0}
    layer = [0]
    while layer:
        following = []
        for node in layer:
            for target in successors[node]:
                if target not in distance:
                    distance[target] = distance[node] + 1
                    following.append(target)
        layer = following
    assert (found is None) == (goal not in distance)
    if found is not None:
        assert len(found[1]) == distance[goal]


def test_a_limit_cuts_the_search() -> None:
    line = [[1], [2], [3], []]
    assert shortest([0], lambda n: [(0, t) for t in line[n]], (3).__eq__, limit=2) is None
    assert shortest([0], lambda n: [(0, t) for t in line[n]], (3).__eq__, limit=3) is not None
