"""Checks a lexicographic linear ranking function, by arithmetic on fractions and nothing else.

The certificate is data: hops between sites, each with a system of inequalities `rows · y <= bounds` over
the values before it (and helpers such as quotients), and what the values become, as sums of `y`. A
level names the hops that are still there, gives each site a linear function of the values, and the
hops that it does away with. For every hop still there, multipliers show that the function does not
grow along it; for those done away with, that it goes down by something and is not negative before.
Multipliers (Farkas) prove an implication between inequalities: not negative, they add up the rows to
what is claimed. When no cycle of hops is left, nothing can go on for ever.

This module imports nothing of lambdaspec, as `checker` does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

SCHEMA = "lambdaspec/ranking/1"

Row = Mapping[str, Fraction]


def problems(certificate: Mapping[str, Any]) -> list[str]:
    """What is wrong with a certificate; an empty list: every value of every counter leads to an end.

    Args:
        certificate: as `symbolic.ranking` makes it, or read from JSON.

    """
    try:
        return list(_problems(certificate))
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError) as error:
        return [f"not a certificate: {type(error).__name__}: {error}"]


def _problems(certificate: Mapping[str, Any]) -> Iterable[str]:
    if certificate.get("schema") != SCHEMA:
        yield f"`schema` is not {SCHEMA}"
        return
    hops = certificate["hops"]
    left = set(range(len(hops)))
    for number, level in enumerate(certificate["levels"], 1):
        functions = {int(site): _linear(one) for site, one in level["functions"].items()}
        gone = {int(index) for index in level["gone"]}
        if not gone or not gone <= left:
            yield f"level {number} does away with nothing, or with what is not there"
            return
        for index in sorted(left):
            hop = hops[index]
            before = functions[int(hop["source"])]
            after = functions[int(hop["target"])]
            drop = _minus(before, _after(after, hop))
            proofs = level["proofs"][str(index)]
            least = Fraction(1, 1_000_000) if index in gone else Fraction(0)
            if index in gone:
                least = max(least, Fraction(proofs["drop"]))
            if not _follows(hop, drop, least, proofs["falls"]):
                yield f"level {number}: hop {index} is not shown to go down by {least}"
            if index in gone and not _follows(hop, before, Fraction(0), proofs["positive"]):
                yield f"level {number}: the function may be negative before hop {index}"
        left = _on_cycles(hops, left - gone)
    if _on_cycles(hops, left):
        yield "a cycle of hops is left"


def _linear(data: Mapping[str, Any]) -> dict[str, Fraction]:
    """A sum of values; the constant has the name of nothing."""
    return {name: Fraction(str(factor)) for name, factor in data.items()}


def _after(function: Row, hop: Mapping[str, Any]) -> dict[str, Fraction]:
    """A function of the values after a hop as one of those before it."""
    made: dict[str, Fraction] = {"": function.get("", Fraction(0))}
    for name, factor in function.items():
        if name == "":
            continue
        told = hop["becomes"].get(name, {name: 1})
        for other, weight in _linear(told).items():
            made[other] = made.get(other, Fraction(0)) + factor * weight
    return made


def _minus(one: Row, other: Row) -> dict[str, Fraction]:
    names = {*one, *other}
    return {n: one.get(n, Fraction(0)) - other.get(n, Fraction(0)) for n in names}


def _follows(
    hop: Mapping[str, Any], claim: Row, least: Fraction, multipliers: Sequence[Any]
) -> bool:
    """Whether `claim >= least` follows from the hop's inequalities, with these multipliers."""
    factors = [Fraction(str(one)) for one in multipliers]
    rows, bounds = hop["rows"], hop["bounds"]
    if len(factors) != len(rows) or any(factor < 0 for factor in factors):
        return False
    total: dict[str, Fraction] = {}
    limit = Fraction(0)
    for factor, row, bound in zip(factors, rows, bounds, strict=True):
        limit += factor * Fraction(str(bound))
        for name, weight in _linear(row).items():
            total[name] = total.get(name, Fraction(0)) + factor * weight
    for name in {*total, *claim} - {""}:  # the rows add up to minus the claim
        if total.get(name, Fraction(0)) != -claim.get(name, Fraction(0)):
            return False
    return limit <= claim.get("", Fraction(0)) - least


def _on_cycles(hops: Sequence[Mapping[str, Any]], left: set[int]) -> set[int]:
    """The hops from whose target their source can be reached again."""
    targets: dict[int, set[int]] = {}
    for index in left:
        targets.setdefault(int(hops[index]["source"]), set()).add(int(hops[index]["target"]))

    def leads(start: int, end: int) -> bool:
        todo, seen = [start], {start}
        while todo:
            site = todo.pop()
            if site == end:
                return True
            fresh = targets.get(site, set()) - seen
            seen |= fresh
            todo += fresh
        return False

    return {i for i in left if leads(int(hops[i]["target"]), int(hops[i]["source"]))}
