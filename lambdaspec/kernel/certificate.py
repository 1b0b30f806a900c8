"""Certificates: a counter graph and the reason why it is bounded, as plain JSON data.

The document says everything the checker needs, with indices instead of objects: `nodes` (names),
`starts`, `effects`, `hops` as [source, target, effect, work], and either `region` (the order of
elimination) or `ranks` (every reachable configuration with a rank that work lowers).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lambdaspec.kernel.checker import digest
from lambdaspec.kernel.counters import Config, CounterGraph, Effect, Sum, outgoing
from lambdaspec.kernel.paths import components
from lambdaspec.kernel.streett import Block, Region

SCHEMA = "lambdaspec/certificate/1"


def by_elimination(graph: CounterGraph, names: Sequence[str], region: Region) -> dict[str, Any]:
    """The certificate of a decision without survivors."""
    return {**_graph_data(graph, names), "region": _region_data(region)}


def by_exploration(
    graph: CounterGraph, names: Sequence[str], configs: Sequence[Config]
) -> dict[str, Any]:
    """The certificate of a complete explicit search that met no cycle with work in it."""
    place = {known: number for number, known in enumerate(configs)}
    successors: list[list[int]] = [[] for _ in configs]
    out = outgoing(graph.size, graph.hops, range(len(graph.hops)))
    for number, (node, pairs) in enumerate(configs):
        now = dict(pairs)
        for index in out[node]:
            hop = graph.hops[index]
            if hop.effect.admits(now):
                after = frozenset(hop.effect.apply(now).items())
                successors[number].append(place[hop.target, after])
    rank = [0] * len(configs)
    for number, members in enumerate(components(successors)):
        for member in members:
            rank[member] = number
    ranks = [
        [node, [[group, member, value] for (group, member), value in sorted(pairs)], rank[number]]
        for number, (node, pairs) in enumerate(configs)
    ]
    return {**_graph_data(graph, names), "ranks": ranks}


def same_graph(document: dict[str, Any], graph: CounterGraph, names: Sequence[str]) -> bool:
    """Whether a certificate is about this graph, entry for entry."""
    return all(document.get(key) == value for key, value in _graph_data(graph, names).items())


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    """The certificate as it leaves the process: with a digest of everything in it."""
    return {**document, "digest": digest(document)}


def _graph_data(graph: CounterGraph, names: Sequence[str]) -> dict[str, Any]:
    table: dict[int, int] = {}
    effects: list[dict[str, Any]] = []
    hops = []
    for hop in graph.hops:
        number = table.get(id(hop.effect))
        if number is None:
            number = table[id(hop.effect)] = len(effects)
            effects.append(_effect_data(hop.effect))
        hops.append([hop.source, hop.target, number, int(hop.work)])
    starts = [
        [node, [[group, member, value] for (group, member), value in sorted(values.items())]]
        for node, values in graph.starts.items()
    ]
    return {
        "schema": SCHEMA,
        "nodes": list(names),
        "starts": starts,
        "effects": effects,
        "hops": hops,
    }


def _effect_data(effect: Effect) -> dict[str, Any]:
    return {
        "guards": [[*g.counter, g.at_least, g.below] for g in effect.guards],
        "resets": sorted(effect.resets),
        "assigns": [[*counter, value] for counter, value in effect.assigns],
        "adds": [[*counter, amount] for counter, amount in effect.adds],
        **({"sums": [_sum_data(one) for one in effect.sums]} if effect.sums else {}),
    }


def _sum_data(one: Sum) -> list[Any]:
    terms = [[*counter, factor] for counter, factor in one.terms]
    return [*one.counter, terms, one.constant, one.divisor]


def _region_data(region: Region) -> list[Any]:
    return [block if isinstance(block, int) else _block_data(block) for block in region.blocks]


def _block_data(block: Block) -> dict[str, Any]:
    data: dict[str, Any] = {"nodes": list(block.nodes)}
    if block.consumed:
        data["consumed"] = list(block.consumed)
    if block.split is not None:
        data["split"] = block.split
    if block.inner is not None:
        data["inner"] = _region_data(block.inner)
    if block.otherwise is not None:
        data["otherwise"] = _region_data(block.otherwise)
    return data
