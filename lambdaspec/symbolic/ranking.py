"""Linear ranking functions, lexicographic, by Z3: loops that end whatever the event brings.

`check` decides for the integers that an event starts with. Here the integers are unknown: each site
gets a linear function of the counters, such that no hop makes it grow and some hop makes it go down;
those hops are done away with, and the rest is looked at again. Farkas' lemma turns "for all values" into
a system of linear equations with multipliers, so one question to Z3's arithmetic on reals decides each
level, and the multipliers are the proof, which `kernel.ranking_checker` checks without a solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from lambdaspec.kernel.counters import Counter
from lambdaspec.kernel.paths import components
from lambdaspec.kernel.ranking_checker import SCHEMA

if TYPE_CHECKING:
    import z3

    from lambdaspec.flow.graph import Step

Linear = dict[str, int]
"""A sum of values with factors; the constant has the name of nothing."""

PAYLOAD = "payload."


@frozen
class Hop:
    """A hop as inequalities: `rows · y <= bounds` before it, and what the values become."""

    source: int
    target: int
    rows: tuple[Linear, ...]
    bounds: tuple[int, ...]
    becomes: dict[str, Linear] = field(factory=dict)

    def data(self) -> dict[str, Any]:
        """The hop as the checker reads it."""
        return {
            "source": self.source,
            "target": self.target,
            "rows": list(self.rows),
            "bounds": list(self.bounds),
            "becomes": self.becomes,
        }


def name_of(counter: Counter) -> str:
    """A counter's name in formulas."""
    group, member = counter
    return group if not member else f"{group}.{member}"


def hop_of(step: Step, counters: Iterable[Counter], skip: frozenset[str]) -> Hop:
    """A step of the flow as inequalities; groups to skip are neither asked nor counted."""
    rows: list[Linear] = []
    bounds: list[int] = []

    def at_most(row: Linear, bound: int) -> None:
        rows.append(row)
        bounds.append(bound)

    effect, becomes = step.effect, dict[str, Linear]()
    for counter in counters:
        if not counter[0].startswith(PAYLOAD):
            at_most({name_of(counter): -1}, 0)  # what the platform counts is not negative
        if counter[0] in effect.resets:
            becomes[name_of(counter)] = {"": 0}
    for guard in effect.guards:
        if guard.counter[0] in skip:
            continue
        if guard.below is not None:
            at_most({name_of(guard.counter): 1}, guard.below - 1)
        if guard.at_least is not None:
            at_most({name_of(guard.counter): -1}, -guard.at_least)
    for counter, value in effect.assigns:
        becomes[name_of(counter)] = {"": value}
    for counter, value in effect.adds:
        if counter[0] in skip:
            continue
        before = becomes.get(name_of(counter), {name_of(counter): 1})
        becomes[name_of(counter)] = {**before, "": before.get("", 0) + value}
    for place, one in enumerate(effect.sums):
        total: Linear = {"": one.constant}
        for counter, factor in one.terms:
            total[name_of(counter)] = total.get(name_of(counter), 0) + factor
        if one.divisor == 1:
            becomes[name_of(one.counter)] = total
            continue
        quotient = f"quotient {place}"  # divisor * q <= total <= divisor * q + divisor - 1
        parts = {name: factor for name, factor in total.items() if name}
        at_most({quotient: one.divisor, **{n: -f for n, f in parts.items()}}, total[""])
        rest = one.divisor - 1 - total[""]
        at_most({quotient: -one.divisor, **parts}, rest)
        becomes[name_of(one.counter)] = {quotient: 1}
    return Hop(step.source, step.target, tuple(rows), tuple(bounds), becomes)


def ranked(hops: Sequence[Hop], names: Sequence[str]) -> dict[str, Any] | None:
    """A certificate that no run takes these hops for ever; None if there is no linear one.

    Args:
        hops: the hops.
        names: the values that functions may use.

    """
    left = _on_cycles(hops, range(len(hops)))
    levels: list[dict[str, Any]] = []
    while left:
        found = next((one for one in (_level(hops, names, left, t) for t in left) if one), None)
        if found is None:
            return None
        levels.append(found)
        left = [index for index in left if index not in found["gone"]]
        left = _on_cycles(hops, left)
    return _certificate(hops, levels)


def _certificate(hops: Sequence[Hop], levels: list[dict[str, Any]]) -> dict[str, Any]:
    """The hops on cycles, numbered anew, with the levels about them."""
    kept = sorted({int(index) for level in levels for index in level["proofs"]})
    place = {index: number for number, index in enumerate(kept)}
    made = [
        {
            "functions": level["functions"],
            "gone": [place[index] for index in level["gone"]],
            "proofs": {str(place[int(i)]): proof for i, proof in level["proofs"].items()},
        }
        for level in levels
    ]
    return {"schema": SCHEMA, "hops": [hops[index].data() for index in kept], "levels": made}


def _on_cycles(hops: Sequence[Hop], indices: Iterable[int]) -> list[int]:
    """The hops that lie on a cycle of them: both ends are in one component."""
    kept = list(indices)
    size = 1 + max((max(hops[i].source, hops[i].target) for i in kept), default=-1)
    successors: list[list[int]] = [[] for _ in range(size)]
    for i in kept:
        successors[hops[i].source].append(hops[i].target)
    home = {s: n for n, found in enumerate(components(successors)) for s in found}
    return [i for i in kept if home[hops[i].source] == home[hops[i].target]]


def _level(
    hops: Sequence[Hop], names: Sequence[str], left: Sequence[int], strict: int
) -> dict[str, Any] | None:
    """Functions that no hop makes grow and one hop makes go down, if there are such."""
    import z3

    solver = z3.SolverFor("QF_LRA")
    sites = {site for i in left for site in (hops[i].source, hops[i].target)}
    factors = {site: {name: z3.Real(f"c {site} {name}") for name in (*names, "")} for site in sites}
    multipliers: dict[tuple[int, str], list[z3.ArithRef]] = {}
    for index in left:
        hop = hops[index]
        before, after = factors[hop.source], _after(factors[hop.target], hop)
        drop = {n: before.get(n, 0) - after.get(n, 0) for n in {*before, *after}}
        least = 1 if index == strict else 0
        multipliers[index, "falls"] = _implied(solver, hop, drop, least, f"{index} falls")
        if index == strict:
            multipliers[index, "positive"] = _implied(solver, hop, before, 0, f"{index} positive")
    if solver.check() != z3.sat:
        return None
    model = solver.model()

    def worth(one: Any) -> str:
        value = model.eval(one, model_completion=True)
        return str(Fraction(value.numerator_as_long(), value.denominator_as_long()))

    proofs: dict[str, Any] = {
        str(index): {"falls": [worth(m) for m in multipliers[index, "falls"]]} for index in left
    }
    proofs[str(strict)]["positive"] = [worth(m) for m in multipliers[strict, "positive"]]
    proofs[str(strict)]["drop"] = "1"
    functions = {
        str(site): {n: w for n, c in named.items() if (w := worth(c)) != "0"}
        for site, named in factors.items()
    }
    return {"functions": functions, "gone": [strict], "proofs": proofs}


def _after(function: dict[str, Any], hop: Hop) -> dict[str, Any]:
    """A function of the values after a hop as one of those before it."""
    made: dict[str, Any] = {"": function[""]}
    for name, factor in function.items():
        if name:
            for other, weight in hop.becomes.get(name, {name: 1}).items():
                made[other] = made.get(other, 0) + factor * weight
    return made


def _implied(
    solver: z3.Solver, hop: Hop, claim: dict[str, Any], least: int, label: str
) -> list[z3.ArithRef]:
    """Ask for multipliers that show `claim >= least` from the hop's inequalities (Farkas)."""
    import z3

    found = [z3.Real(f"m {label} {place}") for place in range(len(hop.rows))]
    for one in found:
        solver.add(one >= 0)
    for name in {n for row in hop.rows for n in row} | set(claim) - {""}:
        total = z3.Sum([m * row.get(name, 0) for m, row in zip(found, hop.rows, strict=True)])
        solver.add(total == -claim.get(name, 0))
    limit = z3.Sum([m * bound for m, bound in zip(found, hop.bounds, strict=True)])
    solver.add(limit <= claim.get("", 0) - least)
    return found


def smtlib(certificate: dict[str, Any]) -> str:
    """Each implication as SMT-LIB 2: any solver should answer `unsat` to every question."""
    lines = ["(set-logic QF_LRA)"]
    names = sorted({n for hop in certificate["hops"] for n in _mentioned(hop)} - {""})
    lines += [f"(declare-const |{name}| Real)" for name in names]
    for level in certificate["levels"]:
        for index in sorted(map(int, level["proofs"])):
            hop = certificate["hops"][index]
            before = level["functions"][str(hop["source"])]
            after = level["functions"][str(hop["target"])]
            drop = f"(- {_term(before)} {_substituted(after, hop)})"
            strict = index in level["gone"]
            claims = [f"(>= {drop} {1 if strict else 0})"]
            claims += [f"(>= {_term(before)} 0)"] if strict else []
            for claim in claims:
                rows = zip(hop["rows"], hop["bounds"], strict=True)
                lines.append("(push 1)")
                lines += [f"(assert (<= {_term(row)} {_number(b)}))" for row, b in rows]
                lines += [f"(assert (not {claim}))", "(check-sat)", "(pop 1)"]
    return "\n".join(lines) + "\n"


def _mentioned(hop: dict[str, Any]) -> Iterable[str]:
    for row in (*hop["rows"], *hop["becomes"].values()):
        yield from row
    yield from hop["becomes"]


def _number(value: object) -> str:
    worth = Fraction(str(value))
    text = f"{abs(worth.numerator)}.0"
    text = text if worth.denominator == 1 else f"(/ {text} {worth.denominator}.0)"
    return text if worth >= 0 else f"(- {text})"


def _term(row: dict[str, Any]) -> str:
    parts = [
        _number(factor) if not name else f"(* {_number(factor)} |{name}|)"
        for name, factor in row.items()
    ]
    return f"(+ 0.0 {' '.join(parts)})" if parts else "0.0"


def _substituted(function: dict[str, Any], hop: dict[str, Any]) -> str:
    parts = []
    for name, factor in function.items():
        inner = "1.0" if not name else _term(hop["becomes"].get(name, {name: 1}))
        parts.append(f"(* {_number(factor)} {inner})")
    return f"(+ 0.0 {' '.join(parts)})" if parts else "0.0"
