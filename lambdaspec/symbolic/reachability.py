"""What reaches what in a superposition, as bit sets: the transitive closure and what it tells.

A hop that needs edits closes a cycle when its end reaches its start; two such hops are on a common
cycle when each one's end reaches the other's start. Both are one question to a bit set, so that
tens of thousands of possible mistakes can be asked in pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from attrs import define, field, frozen

from lambdaspec.kernel.paths import components
from lambdaspec.symbolic.superposition import Superposition

Labels = frozenset[int]
"""Edits, by their place in the list."""


def bits_of(number: int) -> Iterator[int]:
    """The places of the ones of a number, lowest first."""
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low


def closure(size: int, pairs: Iterable[tuple[int, int]], own: Sequence[int]) -> list[int]:
    """For each node the union of what the nodes that it reaches, itself among them, have."""
    successors: list[list[int]] = [[] for _ in range(size)]
    for source, target in pairs:
        successors[source].append(target)
    result = [0] * size
    for members in components(successors):  # sinks first: what they reach is known already
        total = 0
        for node in members:
            total |= own[node]
            for after in successors[node]:
                total |= result[after]
        for node in members:
            result[node] = total
    return result


@frozen
class Needing:
    """A hop that needs edits beyond those that are taken for granted."""

    index: int
    source: int
    target: int
    labels: Labels


@define
class Reachability:
    """A superposition in which some edits are taken for granted."""

    whole: Superposition
    plain: list[tuple[int, int, int]] = field(factory=list)
    needing: list[Needing] = field(factory=list)
    by_labels: dict[Labels, list[Needing]] = field(factory=dict)
    leaving: list[list[int]] = field(init=False)
    reach: list[int] = field(init=False)
    back: list[int] = field(init=False)
    entered: int = field(init=False)

    @classmethod
    def granting(cls, whole: Superposition, granted: Labels) -> Reachability:
        """The graph in which the hops of `granted` edits are always there."""
        made = cls(whole)
        for index, (needs, step) in enumerate(zip(whole.needs, whole.flow.steps, strict=True)):
            more = frozenset(needs) - granted
            if more:
                hop = Needing(index, step.source, step.target, more)
                made.needing.append(hop)
                made.by_labels.setdefault(more, []).append(hop)
            else:
                made.plain.append((index, step.source, step.target))
        size = whole.flow.size
        made.leaving = [[] for _ in range(size)]
        for index, source, _ in made.plain:
            made.leaving[source].append(index)
        bits = [1 << n for n in range(size)]
        made.reach = closure(size, made.forward(), bits)
        made.back = closure(size, made.backward(), bits)
        made.entered = 0
        for node in whole.flow.starts:
            made.entered |= made.reach[node]
        return made

    def forward(self) -> Iterator[tuple[int, int]]:
        """The ends of the hops that are always there."""
        return ((source, target) for _, source, target in self.plain)

    def backward(self) -> Iterator[tuple[int, int]]:
        """The same, turned round."""
        return ((target, source) for _, source, target in self.plain)

    def hops(self, labels: Labels) -> list[Needing]:
        """The hops that are there with these edits and not without them."""
        return [
            hop
            for count in range(1, len(labels) + 1)
            for part in combinations(sorted(labels), count)
            for hop in self.by_labels.get(frozenset(part), ())
        ]

    def singles(self) -> list[Labels]:
        """Edits of which some hop may be on a cycle that needs no other edit."""
        found = {h.labels for h in self.needing if len(h.labels) == 1}
        return sorted((one for one in found if self.joined(one)), key=sorted)

    def pairs(self) -> list[Labels]:
        """Pairs of edits of which hops may be on a common cycle that needs no third one."""
        size = self.whole.flow.size
        single = [hop for hop in self.needing if len(hop.labels) == 1]
        leaving, coming = [0] * size, [0] * size
        for place, hop in enumerate(single):
            leaving[hop.source] |= 1 << place
            coming[hop.target] |= 1 << place
        after = closure(size, self.forward(), leaving)
        before = closure(size, self.backward(), coming)
        found = {labels for labels in self.by_labels if len(labels) == 2}
        for place, hop in enumerate(single):
            mates = (after[hop.target] & before[hop.source]) >> (place + 1)
            for offset in bits_of(mates):
                found.add(hop.labels | single[place + 1 + offset].labels)
        return sorted((one for one in found if len(one) == 2), key=sorted)

    def joined(self, labels: Labels) -> list[list[Needing]]:
        """The hops of these edits by the cycles they lie on, if those need all of the edits."""
        hops = self.hops(labels)
        successors = [
            [n for n, other in enumerate(hops) if self.reach[hop.target] >> other.source & 1]
            for hop in hops
        ]
        found = []
        for members in components(successors):
            if len(members) == 1 and members[0] not in successors[members[0]]:
                continue
            if frozenset[int]().union(*(hops[n].labels for n in members)) == labels:
                found.append([hops[n] for n in members])
        return found

    def region(self, labels: Labels) -> list[int]:
        """The hops on cycles that need all of these edits; without edits, all hops."""
        if not labels:
            return [index for index, _, _ in self.plain]
        found: list[int] = []
        for ring in self.joined(labels):
            ahead = behind = 0
            for hop in ring:
                ahead |= self.reach[hop.target]
                behind |= self.back[hop.source]
            nodes = ahead & behind
            found += [h.index for h in ring]
            for node in bits_of(nodes):
                for index in self.leaving[node]:
                    if nodes >> self.whole.flow.steps[index].target & 1:
                        found.append(index)
        return found

    def ways_in(self, labels: Labels, region: set[int], most: int) -> list[Labels]:
        """Which edits more, at most so many, let an event come to a region: minimal sets."""
        goal = sum(1 << node for node in region)
        if self.entered & goal:
            return [frozenset()]
        found: list[Labels] = []
        level: dict[Labels, int] = {frozenset(): self.entered}
        for _ in range(most + 1):
            after: dict[Labels, int] = {}
            for way, seen in level.items():
                if any(known <= way for known in found):
                    continue
                ahead = self._spread(seen, labels | way)
                if ahead & goal:
                    found.append(way)
                    continue
                for hop in self.needing:
                    more = way | (hop.labels - labels)
                    if ahead >> hop.source & 1 and len(way) < len(more) <= most:
                        after[more] = after.get(more, ahead) | ahead
            level = after
        return found

    def _spread(self, seen: int, labels: Labels) -> int:
        """Everything that is reached from there with these edits made."""
        hops = self.hops(labels)
        while True:
            more = seen
            for hop in hops:
                if more >> hop.source & 1:
                    more |= self.reach[hop.target]
            if more == seen:
                return seen
            seen = more
