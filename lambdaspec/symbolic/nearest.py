"""The nearest cliff: which fewest mistakes make an architecture unbounded, and all sets up to K.

Works on the superposition of all configurations. Whatever runs away with some edits made has a
strongly connected set of hops there that needs those edits; so candidates are looked for among the
labels on cycles (by the transitive closure, as bit sets), then among the ways into them, and each is
decided again as an architecture of its own. What no candidate covers is proved bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import define, field, frozen

from lambdaspec.kernel.streett import endless
from lambdaspec.symbolic.edits import Edit, conflict
from lambdaspec.symbolic.oracle import Oracle, Says
from lambdaspec.symbolic.reachability import Labels, Reachability
from lambdaspec.symbolic.superposition import Superposition, superpose

Sets = set[Labels]
Tell = Callable[[str], None]
"""What is told about progress: a line."""


@frozen
class Nearest:
    """What a search found.

    Attributes:
        edits: everything that was allowed to go wrong.
        sets: the minimal sets of edits that make it unbounded, fewest first.
        unknown: sets for which the decision gave no verdict.
        proved: for up to how many edits nothing but supersets of `sets` is unbounded.
        asked: how many configurations were decided.

    """

    edits: tuple[Edit, ...]
    sets: tuple[tuple[int, ...], ...]
    unknown: tuple[tuple[int, ...], ...]
    proved: int
    asked: int

    @property
    def distance(self) -> int | None:
        """How many mistakes away the nearest cliff is; None if none was found."""
        return len(self.sets[0]) if self.sets else None

    def named(self) -> list[tuple[Edit, ...]]:
        """The minimal sets as edits."""
        return [tuple(self.edits[i] for i in places) for places in self.sets]


def nearest(
    oracle: Oracle, within: int, tell: Tell = lambda line: None, *, first: bool = False
) -> Nearest:
    """All minimal sets of at most `within` edits that make the architecture unbounded.

    Args:
        oracle: the architecture, the options and the edits.
        within: how many edits may be made at once.
        tell: is told what has been proved so far; an interruption after that does not undo it.
        first: stop at the least number of edits at which there is one.

    """
    from lambdaspec.checking import prepared

    settings = prepared(oracle.architecture, oracle.options)
    search = _Search(oracle, superpose(settings, oracle.edits, within), within)
    proved = -1
    try:
        for size in range(within + 1):
            search.of_size(size)
            proved = size
            tell(f"{size}: {len(search.found):,} found, {oracle.asked:,} configurations decided")
            if frozenset() in search.found or (first and search.reaches(size)):
                break
    except KeyboardInterrupt:
        tell("interrupted: what is proved so far stays true")
    return outcome(oracle, search.found, search.unknown, proved)


def outcome(oracle: Oracle, found: Sets, unknown: Sets, proved: int) -> Nearest:
    """What was found, in an order that does not depend on how it was found."""
    order = sorted((tuple(sorted(one)) for one in found), key=lambda one: (len(one), one))
    open_ones = sorted(tuple(sorted(one)) for one in unknown)
    return Nearest(tuple(oracle.edits), tuple(order), tuple(open_ones), proved, oracle.asked)


@define
class _Search:
    oracle: Oracle
    whole: Superposition
    within: int
    found: Sets = field(factory=set)
    unknown: Sets = field(factory=set)
    tried: Sets = field(factory=set)

    def of_size(self, size: int) -> None:
        """Find the minimal sets of exactly that size; those of smaller sizes are known."""
        if size == 0:
            self._with(frozenset(), 0)
        for granted in self._choices(max(size - 2, 0)):
            if not any(one <= granted for one in self.found):
                self._with(granted, size)
        for one in [t for t in self.tried if len(t) == size - 1]:
            if self.oracle(one) is not Says.UNBOUNDED:  # suspected without being so: may need more
                for edit in range(len(self.oracle.edits)):
                    if edit not in one:
                        self._decide(one | {edit})

    def reaches(self, size: int) -> bool:
        """Whether something of at most that size was found."""
        return any(len(one) <= size for one in self.found)

    def _choices(self, count: int) -> Iterator[Labels]:
        """Sets of edits to take for granted: pairs and single ones are found beyond them."""
        from itertools import combinations

        return (frozenset(c) for c in combinations(range(len(self.oracle.edits)), count))

    def _with(self, granted: Labels, size: int) -> None:
        graph = Reachability.granting(self.whole, granted)
        for more in self._suspects(graph, size - len(granted)):
            labels = granted | more
            if any(one <= labels for one in self.found):
                continue
            cores = endless(self.whole.flow.steps, graph.region(more))
            if not cores:
                continue
            places = {self.whole.flow.steps[i].source for core in cores for i in core}
            for way in graph.ways_in(more, places, self.within - len(labels)):
                self._decide(labels | way)

    def _suspects(self, graph: Reachability, count: int) -> Iterator[Labels]:
        yield frozenset()
        if count >= 1:
            yield from graph.singles()
        if count >= 2:
            for pair in graph.pairs():
                one, other = pair
                if not self._clash(one, other) and graph.joined(pair):
                    yield pair

    def _clash(self, one: int, other: int) -> bool:
        return conflict(self.oracle.edits[one], self.oracle.edits[other])

    def _decide(self, labels: Labels) -> None:
        if labels in self.tried or any(one <= labels for one in self.found):
            return
        self.tried.add(labels)
        says = self.oracle(labels)
        if says is Says.UNBOUNDED:
            self.found = {one for one in self.found if not labels <= one} | {labels}
        elif says is Says.UNKNOWN:
            self.unknown.add(labels)
