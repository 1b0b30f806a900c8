"""Whether each loop ends whatever integers the event brings, the cutoff left aside.

For each group of hops that can be repeated there are three answers: a lexicographic ranking function,
which is checked without a solver; integers from which it goes round for ever, which are replayed on
the machine; or neither is found. Lambda's cutoff does not count: whoever sets `RecursiveLoop: Allow`
has only this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from lambdaspec.architecture.elements import Architecture, Entry, Function, RecursiveLoop
from lambdaspec.checking import check, prepared
from lambdaspec.flow.build import build
from lambdaspec.flow.graph import LINEAGE, Flow
from lambdaspec.kernel.counters import Counter
from lambdaspec.kernel.paths import components
from lambdaspec.kernel.ranking_checker import problems
from lambdaspec.result import Options, Result
from lambdaspec.symbolic.ranking import PAYLOAD, Hop, Linear, hop_of, name_of, ranked

if TYPE_CHECKING:
    import z3

IGNORED = frozenset({LINEAGE})
MOST_HOPS = 120
"""Hops of a group of loops for which functions are looked for."""

MOST_CYCLES = 200
"""Ways round that are tried when integers are looked for from which it never ends."""

LONGEST = 12
"""Hops of such a way."""


class Says(Enum):
    """What is known of a group of loops."""

    ENDS = "ends"
    NEVER = "never"
    UNKNOWN = "unknown"


@frozen
class Ending:
    """What is known of the loops through some functions and channels.

    Attributes:
        names: the functions and channels.
        says: whether they end for all integers.
        certificate: the ranking functions, if they do.
        functions: those in words, level by level.
        payload: integers from which they go round for ever.
        result: the check from there, with the run that was replayed.
        why: what was tried, where nothing is known.

    """

    names: tuple[str, ...]
    says: Says
    certificate: dict[str, Any] | None = None
    functions: tuple[str, ...] = ()
    payload: tuple[tuple[str, int], ...] = ()
    result: Result | None = None
    why: str = ""


def endings(architecture: Architecture, options: Options) -> list[Ending]:
    """What is known of each group of loops in which a function runs.

    Raises:
        ValueError: the entry asked for is not in the architecture.

    """
    settings = prepared(architecture, options)
    flow = build(settings)
    successors: list[list[int]] = [[] for _ in range(flow.size)]
    for step in flow.steps:
        successors[step.source].append(step.target)
    home = {s: n for n, found in enumerate(components(successors)) for s in found}
    groups: dict[int, list[int]] = {}
    for index, step in enumerate(flow.steps):
        if home[step.source] == home[step.target]:
            groups.setdefault(home[step.source], []).append(index)
    found = [
        _ending(flow, settings.architecture, options, group)
        for group in groups.values()
        if any(flow.steps[i].emission is not None for i in group)
        and any(flow.steps[i].work for i in group)
    ]
    return sorted(found, key=lambda one: one.names)


def _ending(flow: Flow, architecture: Architecture, options: Options, group: list[int]) -> Ending:
    names = tuple(
        dict.fromkeys(
            flow.sites[site].element
            for i in group
            for site in (flow.steps[i].source, flow.steps[i].target)
        )
    )
    if len(group) > MOST_HOPS:
        return Ending(names, Says.UNKNOWN, why=f"{len(group)} hops, at most {MOST_HOPS}")
    counters = sorted({c for i in group for c in _counters(flow, i) if c[0] not in IGNORED})
    hops = [hop_of(flow.steps[i], counters, IGNORED) for i in group]
    certificate = ranked(hops, [name_of(one) for one in counters])
    if certificate is not None:
        wrong = problems(certificate)
        if wrong:
            return Ending(names, Says.UNKNOWN, why=f"the proof does not check: {wrong[0]}")
        return Ending(names, Says.ENDS, certificate, tuple(_in_words(certificate)))
    for payload in _candidates(flow, group, hops, counters):
        result = _replayed(flow, architecture, options, group, payload)
        if result is not None:
            return Ending(names, Says.NEVER, payload=payload, result=result)
    return Ending(names, Says.UNKNOWN, why="no linear ranking function, and no endless run found")


def _counters(flow: Flow, index: int) -> Iterator[Counter]:
    effect = flow.steps[index].effect
    yield from (guard.counter for guard in effect.guards)
    yield from (counter for counter, _ in (*effect.assigns, *effect.adds))
    for one in effect.sums:
        yield one.counter
        yield from (counter for counter, _ in one.terms)


def _in_words(certificate: dict[str, Any]) -> Iterator[str]:
    """What of the payload goes down at each level: the function before the hop done away with.

    Levels about what the platform counts, such as attempts, are left out.
    """
    for level in certificate["levels"]:
        hop = certificate["hops"][level["gone"][0]]
        function = level["functions"][str(hop["source"])]
        if not any(name.startswith(PAYLOAD) for name in function):
            continue
        parts = [
            f"{'' if factor == '1' else factor + ' * '}{name.removeprefix(PAYLOAD)}"
            for name, factor in sorted(function.items())
            if name
        ]
        constant = function.get("", "0")
        text = " + ".join([*parts, *([] if constant == "0" else [constant])]) or "0"
        yield text.replace("+ -1 * ", "- ").replace("+ -", "- ").replace("-1 * ", "-")


def _candidates(
    flow: Flow, group: list[int], hops: Sequence[Hop], counters: list[Counter]
) -> Iterator[tuple[tuple[str, int], ...]]:
    """Integers of the payload that a way round may bring back, or keep within its own guards."""
    fields = [name_of(one) for one in counters if one[0].startswith(PAYLOAD)]
    for way in _ways(hops):
        if not any(flow.steps[group[i]].emission is not None for i in way):
            continue
        for model in (_same_again(hops, way, fields), _kept_within(hops, way, fields)):
            if model is not None:
                yield tuple((name.removeprefix(PAYLOAD), model[name]) for name in fields)


def _ways(hops: Sequence[Hop]) -> Iterator[list[int]]:
    """Cycles of hops, short ones first, each from any hop on."""
    leaving: dict[int, list[int]] = {}
    for index, hop in enumerate(hops):
        leaving.setdefault(hop.source, []).append(index)
    count, ways = 0, [[index] for index in range(len(hops))]
    for _ in range(LONGEST):
        longer: list[list[int]] = []
        for way in ways:
            if hops[way[-1]].target == hops[way[0]].source:
                yield way
                count += 1
                if count >= MOST_CYCLES:
                    return
            longer += [[*way, index] for index in leaving.get(hops[way[-1]].target, ())]
        ways = longer[: 20 * MOST_CYCLES]


def _played(
    hops: Sequence[Hop], way: list[int], fields: list[str]
) -> tuple[list[z3.BoolRef], dict[str, z3.ArithRef], dict[str, z3.ArithRef]]:
    """What must hold along a way, and the values before and after it."""
    import z3

    values = {name: z3.Int(f"x {name}") for hop in hops for name in _names(hop)}
    values |= {name: z3.Int(f"x {name}") for name in fields}
    first, asked = dict(values), list[z3.BoolRef]()
    for place, index in enumerate(way):
        hop = hops[index]
        inside = values | {n: z3.Int(f"q {place} {n}") for n in _helpers(hop)}

        def worth(row: Linear, inside: dict[str, z3.ArithRef] = inside) -> z3.ArithRef:
            parts = [f * inside[n] if n else z3.IntVal(f) for n, f in row.items()]
            return z3.Sum([z3.IntVal(0), *parts])

        asked += [worth(row) <= bound for row, bound in zip(hop.rows, hop.bounds, strict=True)]
        values = values | {name: worth(told) for name, told in hop.becomes.items()}
    return asked, first, values


def _names(hop: Hop) -> set[str]:
    found = {n for row in (*hop.rows, *hop.becomes.values()) for n in row} | set(hop.becomes)
    return {n for n in found if n and not n.startswith("quotient ")}


def _helpers(hop: Hop) -> set[str]:
    return {n for row in hop.rows for n in row if n.startswith("quotient ")}


def _same_again(hops: Sequence[Hop], way: list[int], fields: list[str]) -> dict[str, int] | None:
    """Integers that come back as they were."""
    import z3

    asked, first, last = _played(hops, way, fields)
    solver = z3.Solver()
    solver.set("timeout", 2_000)
    solver.add(*asked)
    for name, value in first.items():
        solver.add(last[name] == value if name in fields else last[name] <= value)
    return _model(solver, first, fields)


def _kept_within(hops: Sequence[Hop], way: list[int], fields: list[str]) -> dict[str, int] | None:
    """Integers for which the way is open, if whatever it is open for stays so: a closed set."""
    import z3

    asked, first, last = _played(hops, way, fields)
    if any(hops[index].becomes and _helpers(hops[index]) for index in way):
        return None
    after = [z3.substitute(one, *((v, last[n]) for n, v in first.items())) for one in asked]
    solver = z3.Solver()
    solver.set("timeout", 2_000)
    solver.add(*asked)
    solver.push()
    solver.add(z3.Not(z3.And(*after)) if after else z3.BoolVal(val=False))
    closed = solver.check() == z3.unsat
    solver.pop()
    return _model(solver, first, fields) if closed else None


def _model(
    solver: z3.Solver, first: dict[str, z3.ArithRef], fields: list[str]
) -> dict[str, int] | None:
    import z3

    if solver.check() != z3.sat:
        return None
    model = solver.model()
    return {n: model.eval(first[n], model_completion=True).as_long() for n in fields}


def _replayed(
    flow: Flow,
    architecture: Architecture,
    options: Options,
    group: list[int],
    payload: tuple[tuple[str, int], ...],
) -> Result | None:
    """The check from these integers, if the machine goes round for ever from them."""
    allowed: dict[str, Function] = {
        name: evolve(one, recursive_loop=RecursiveLoop.ALLOW)
        for name, one in architecture.functions.items()
    }
    elements = dict.fromkeys(flow.sites[flow.steps[i].source].element for i in group)
    for name in elements:
        entry = Entry(name, payload)
        changed = evolve(architecture, functions=allowed, entries=(entry,))
        try:
            result = check(changed, evolve(options, entry=None, properties=()))
        except ValueError:
            continue
        if result.verdict.word == "unbounded":
            return result
    return None
