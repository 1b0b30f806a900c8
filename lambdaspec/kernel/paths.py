"""Graph algorithms on integers: strongly connected components and shortest paths."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

N = TypeVar("N", bound=Hashable)


def components(successors: Sequence[Sequence[int]]) -> list[list[int]]:
    """Tarjan's strongly connected components, sinks first, without recursion.

    Every edge therefore leads to the same component or to one that comes earlier in the result.
    """
    size = len(successors)
    order = [0] * size  # discovery order, 0 = not seen; after completion: size + 1
    low = [0] * size
    done = size + 1
    found: list[list[int]] = []
    stack: list[int] = []
    clock = 0
    for root in range(size):
        if order[root]:
            continue
        clock += 1
        order[root] = low[root] = clock
        stack.append(root)
        calls = [(root, iter(successors[root]))]
        while calls:
            node, rest = calls[-1]
            for child in rest:
                seen = order[child]
                if not seen:
                    clock += 1
                    order[child] = low[child] = clock
                    stack.append(child)
                    calls.append((child, iter(successors[child])))
                    break
                if seen < low[node]:  # noqa: PLR1730 - faster than min(); a finished child has `done`, which is never lower
                    low[node] = seen
            else:
                calls.pop()
                if calls and low[node] < low[calls[-1][0]]:
                    low[calls[-1][0]] = low[node]
                if low[node] == order[node]:
                    members = _pop_through(stack, node)
                    for member in members:
                        order[member] = done
                    found.append(members)
    return found


def _pop_through(stack: list[int], last: int) -> list[int]:
    members = []
    while True:
        members.append(stack.pop())
        if members[-1] == last:
            return members


def shortest(
    starts: Iterable[N],
    steps: Callable[[N], Iterable[tuple[int, N]]],
    wanted: Callable[[N], bool],
    limit: int | None = None,
) -> tuple[N, list[int]] | None:
    """Breadth-first search: the first wanted node and the labels of the way to it.

    Args:
        starts: where to begin; a start that is wanted gives the empty way.
        steps: the (label, next node) pairs of a node.
        wanted: tells whether to stop.
        limit: the greatest length of a way that is still of interest.

    """
    came: dict[N, tuple[N, int] | None] = {}
    queue: deque[tuple[N, int]] = deque()
    for start in starts:
        if start not in came:
            came[start] = None
            queue.append((start, 0))
    while queue:
        node, depth = queue.popleft()
        if wanted(node):
            return node, _way_to(node, came)
        if limit is not None and depth >= limit:
            continue
        for label, after in steps(node):
            if after not in came:
                came[after] = (node, label)
                queue.append((after, depth + 1))
    return None


def _way_to(node: N, came: Mapping[N, tuple[N, int] | None]) -> list[int]:
    way = []
    link = came[node]
    while link is not None:
        node, label = link
        way.append(label)
        link = came[node]
    return way[::-1]
