"""The certificate checker: shares no code with the decision, needs nothing but the certificate.

A certificate is accepted if it is a proof that an event, starting at any start node, takes
finitely many work hops:

* by elimination: the blocks of a region stand in an order that no hop climbs. Inside a block
  without work nothing is claimed. Otherwise the block names groups that no hop inside lowers;
  a hop inside that is capped in a counter of such a group and raises it lowers the distance to the
  cap for good, so it is taken finitely often and may be left out; what is left must be a region
  again. In a split, the group is never lowered inside, so it either stops growing (the growing
  hops are left out) or passes every cap (the capped hops are left out). That needs the group to
  be a single counter.
* by exploration: a list of configurations with ranks that contains the starts, is closed under
  every enabled hop, never climbs in rank, and goes down with every work hop.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any


class Rejected(Exception):
    """The document is not a proof; the message says at which place."""


def verify(document: Any) -> None:
    """Accept a certificate from outside by returning: its digest and its proof are right.

    Args:
        document: the certificate as `json.load` gives it.

    Raises:
        Rejected: it proves nothing, for the reason given.

    """
    try:
        if document["digest"] != digest(document):
            raise Rejected("the digest does not match: it was changed after it was made")
    except (KeyError, TypeError, ValueError) as error:
        raise Rejected(f"malformed certificate: {error!r}") from error
    prove(document)


def prove(document: Any) -> None:
    """Accept the proof in a certificate by returning, whatever its digest.

    Raises:
        Rejected: it proves nothing, for the reason given.

    """
    try:
        _verify(document)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise Rejected(f"malformed certificate: {error!r}") from error


def _verify(document: Any) -> None:
    if document["schema"] != "lambdaspec/certificate/1":
        raise Rejected(f"unknown schema {document['schema']!r}")
    size = len(document["nodes"])
    if len(set(document["nodes"])) != size:
        raise Rejected("two nodes have the same name")
    effects = [_Effect(data) for data in document["effects"]]
    hops = []
    for source, target, number, work in document["hops"]:
        if not (0 <= source < size and 0 <= target < size and 0 <= number < len(effects)):
            raise Rejected("a hop leads out of the graph")
        if work not in (0, 1):
            raise Rejected("a hop neither works nor does not")
        hops.append((source, target, effects[number], work))
    for node, _ in document["starts"]:
        if not 0 <= node < size:
            raise Rejected("a start is not a node")
    if ("region" in document) == ("ranks" in document):
        raise Rejected("exactly one of region and ranks must be there")
    if "region" in document:
        _check_region(document["region"], set(range(size)), hops)
    else:
        _check_ranks(document["ranks"], document["starts"], hops)


def digest(document: dict[str, Any]) -> str:
    """The SHA-256 of all other entries; it catches an accident, not a forger: the proof does."""
    rest = {key: value for key, value in document.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class _Effect:
    """A hop's guards and changes, and in which groups it lowers, grows, is capped, is spent."""

    def __init__(self, data: Any) -> None:
        if set(data) - {"sums"} != {"guards", "resets", "assigns", "adds"}:
            raise Rejected("an effect has other parts than guards, resets, assigns, adds and sums")
        self.guards = [((group, member), low, high) for group, member, low, high in data["guards"]]
        self.resets = set(data["resets"])
        self.assigns = [((group, member), value) for group, member, value in data["assigns"]]
        self.adds = [((group, member), amount) for group, member, amount in data["adds"]]
        self.lowers = self.resets | {counter[0] for counter, _ in self.assigns}
        self.lowers |= {counter[0] for counter, amount in self.adds if amount < 0}
        self.sums = [_sum(one) for one in data.get("sums", ())]
        self.lowers |= {counter[0] for counter, _, _, _ in self.sums}
        capped = {counter for counter, _, high in self.guards if high is not None}
        self.members = capped | {counter for counter, amount in self.adds if amount > 0}
        self.capped = {counter[0] for counter in capped}
        self.grows = {counter[0] for counter, amount in self.adds if amount > 0}
        self.spends = {c[0] for c, amount in self.adds if amount > 0 and c in capped} - self.lowers

    def after(self, values: dict[Any, int]) -> dict[Any, int] | None:
        for counter, low, high in self.guards:
            value = values.get(counter, 0)
            if (low is not None and value < low) or (high is not None and value >= high):
                return None
        result = {c: v for c, v in values.items() if c[0] not in self.resets}
        result.update(self.assigns)
        for counter, amount in self.adds:
            result[counter] = result.get(counter, 0) + amount
        for counter, terms, constant, divisor in self.sums:
            total = sum(factor * values.get(other, 0) for other, factor in terms)
            result[counter] = (total + constant) // divisor
        return {counter: value for counter, value in result.items() if value}


def _sum(data: Any) -> Any:
    """A counter that becomes a sum of others with factors, divided and rounded down."""
    group, member, terms, constant, divisor = data
    if divisor < 1:
        raise Rejected("a sum is divided by less than one")
    return (group, member), [((g, m), factor) for g, m, factor in terms], constant, divisor


def _check_region(region: Any, nodes: set[int], hops: list[Any]) -> None:
    position: dict[int, int] = {}
    for place, block in enumerate(region):
        for node in [block] if isinstance(block, int) else block["nodes"]:
            if node in position or node not in nodes:
                raise Rejected(f"node {node} stands twice or does not belong here")
            position[node] = place
    if len(position) != len(nodes):
        raise Rejected("a node is missing from the order")
    inside: dict[int, list[Any]] = {}
    for hop in hops:
        here, there = position[hop[0]], position[hop[1]]
        if there > here:
            raise Rejected(f"the hop from node {hop[0]} to node {hop[1]} climbs in the order")
        if there == here:
            inside.setdefault(here, []).append(hop)
    for place, block in enumerate(region):
        if isinstance(block, int):
            if place in inside:
                raise Rejected(f"node {block} has a hop to itself and no reason why that ends")
        else:
            _check_block(block, inside.get(place, []))


def _check_block(block: Any, inside: list[Any]) -> None:
    if set(block) - {"nodes", "consumed", "split", "inner", "otherwise"}:
        raise Rejected("a block has unknown parts")
    nodes = set(block["nodes"])
    lowered = {group for hop in inside for group in hop[2].lowers}
    if "split" in block:
        group = block["split"]
        members = {c for hop in inside for c in hop[2].members if c[0] == group}
        if group in lowered or len(members) != 1 or "consumed" in block:
            raise Rejected(f"the split on {group} is not allowed: not one counter that only grows")
        _check_region(block["inner"], nodes, [h for h in inside if group not in h[2].grows])
        _check_region(block["otherwise"], nodes, [h for h in inside if group not in h[2].capped])
    elif "consumed" in block:
        groups = set(block["consumed"])
        if groups & lowered or not groups or "otherwise" in block:
            raise Rejected(f"{sorted(groups & lowered)} can be lowered inside the block")
        _check_region(block["inner"], nodes, [h for h in inside if not h[2].spends & groups])
    elif "inner" in block or "otherwise" in block or any(hop[3] for hop in inside):
        raise Rejected("work can be repeated in a block that names no reason why it ends")


def _check_ranks(ranks: Any, starts: Any, hops: list[Any]) -> None:
    rank = {(node, _frozen(pairs)): value for node, pairs, value in ranks}
    if len(rank) != len(ranks):
        raise Rejected("a configuration is listed twice")
    for node, pairs in starts:
        if (node, _frozen(pairs)) not in rank:
            raise Rejected("a start is not among the configurations")
    leaving: dict[int, list[Any]] = {}
    for hop in hops:
        leaving.setdefault(hop[0], []).append(hop)
    for (node, pairs), here in rank.items():
        for _, target, effect, work in leaving.get(node, []):
            after = effect.after(dict(pairs))
            if after is None:
                continue
            there = rank.get((target, frozenset(after.items())))
            if there is None or there > here or (work and there == here):
                raise Rejected(f"a hop from node {node} to node {target} does not go down")


def _frozen(pairs: Any) -> frozenset[Any]:
    return frozenset(((group, member), value) for group, member, value in pairs)
