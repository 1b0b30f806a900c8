"""The counter-Streett decision: whether an event can keep taking work hops for ever.

An endless run keeps taking some strongly connected set of hops for ever, and no group that the set
consumes may go without a restart in it. So: split into components; in each, drop the hops that
consume a group which nothing there restarts; split again. What survives with a work hop in it may
run for ever; when nothing survives, the order of elimination is the proof that every run ends.

What it ignores are guards from below and how small the caps are, so a survivor is a suspicion,
to be made concrete by `lambdaspec.kernel.lasso`; the absence of survivors is a proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from lambdaspec.kernel.counters import Counter, CounterGraph, Effect, Hop
from lambdaspec.kernel.paths import components


@frozen
class Block:
    """Nodes that can reach each other by the hops under consideration, and why that is harmless.

    Attributes:
        nodes: the members.
        consumed: groups that no hop inside restarts; hops inside that consume one are dropped.
        split: a group that no hop inside restarts, of which some growth is uncapped: either its
            growing hops are taken finitely often (`inner`), or its capped ones are (`otherwise`).
        inner: the elimination of what is left; None when no work hop is inside.
        otherwise: the second case of a split.

    """

    nodes: tuple[int, ...]
    consumed: tuple[str, ...] = ()
    split: str | None = None
    inner: Region | None = None
    otherwise: Region | None = None


@frozen
class Region:
    """Blocks in an order such that every hop stays in its block or goes to an earlier one.

    A block without inner hops is written as its only node.
    """

    blocks: tuple[int | Block, ...]


@frozen
class Decision:
    """The elimination, and the strongly connected hop sets that survived it (none: bounded)."""

    region: Region
    survivors: tuple[tuple[int, ...], ...]

    @property
    def bounded(self) -> bool:
        """Whether every run from anywhere takes finitely many work hops."""
        return not self.survivors


def decide(graph: CounterGraph) -> Decision:
    """Eliminate; the cost is linear in the hops per round, and rounds are at most the groups."""
    survivors: list[tuple[int, ...]] = []
    hops = graph.hops
    region = _eliminate(range(graph.size), list(range(len(hops))), hops, survivors)
    return Decision(region, tuple(survivors))


def endless(hops: Sequence[Hop], chosen: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """The survivors among some of the hops only."""
    survivors: list[tuple[int, ...]] = []
    ends = (end for index in chosen for end in (hops[index].source, hops[index].target))
    _eliminate(list(dict.fromkeys(ends)), chosen, hops, survivors)
    return tuple(survivors)


def _eliminate(
    nodes: Sequence[int],
    chosen: Sequence[int],
    hops: Sequence[Hop],
    survivors: list[tuple[int, ...]],
) -> Region:
    local = {node: position for position, node in enumerate(nodes)}
    successors: list[list[int]] = [[] for _ in nodes]
    sources: list[int] = []
    targets: list[int] = []
    for index in chosen:
        hop = hops[index]
        source, target = local[hop.source], local[hop.target]
        successors[source].append(target)
        sources.append(source)
        targets.append(target)
    found = components(successors)
    home = [0] * len(nodes)
    for number, members in enumerate(found):
        for member in members:
            home[member] = number
    inside: dict[int, list[int]] = {}
    for index, source, target in zip(chosen, sources, targets, strict=True):
        number = home[source]
        if number == home[target]:
            inside.setdefault(number, []).append(index)
    blocks: list[int | Block] = []
    for number, members in enumerate(found):
        if number in inside:
            names = [nodes[member] for member in members]
            blocks.append(_block(names, inside[number], hops, survivors))
        else:
            blocks.append(nodes[members[0]])
    return Region(tuple(blocks))


def _block(
    nodes: list[int], inside: list[int], hops: Sequence[Hop], survivors: list[tuple[int, ...]]
) -> Block:
    if not any(hops[index].work for index in inside):
        return Block(tuple(nodes))
    met = [hops[index].effect for index in inside]
    effects = list({id(effect): effect for effect in met}.values())  # flows share their effects
    restarted = frozenset[str]().union(*(effect.restarts for effect in effects))
    spent = frozenset[str]().union(*(effect.consumes for effect in effects)) - restarted
    if spent:
        gone = {id(effect) for effect in effects if effect.consumes & spent}
        rest = [i for i, effect in zip(inside, met, strict=True) if id(effect) not in gone]
        if not rest and len(nodes) == 1:  # a site with retries only: by far the most frequent case
            return Block(tuple(nodes), tuple(sorted(spent)), inner=Region((nodes[0],)))
        inner = _eliminate(nodes, rest, hops, survivors)
        return Block(tuple(nodes), tuple(sorted(spent)), inner=inner)
    grows = frozenset[str]().union(*(effect.grows for effect in effects))
    caps = frozenset[str]().union(*(effect.caps for effect in effects))
    for group in sorted((grows & caps) - restarted):
        if len(_members(group, effects)) > 1:  # one member's growth says nothing of another's cap
            continue
        still = [i for i in inside if group not in hops[i].effect.grows]
        uncapped = [i for i in inside if group not in hops[i].effect.caps]
        inner = _eliminate(nodes, still, hops, survivors)
        otherwise = _eliminate(nodes, uncapped, hops, survivors)
        return Block(tuple(nodes), split=group, inner=inner, otherwise=otherwise)
    survivors.append(tuple(inside))
    return Block(tuple(nodes))


def _members(group: str, effects: Iterable[Effect]) -> set[Counter]:
    capped = {g.counter for effect in effects for g in effect.guards if g.below is not None}
    grown = {counter for effect in effects for counter, amount in effect.adds if amount > 0}
    return {counter for counter in capped | grown if counter[0] == group}
