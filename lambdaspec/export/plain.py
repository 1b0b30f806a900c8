"""What all exports share: integer variables, starts, and moves with guards and assignments.

Only counters that some guard reads become variables: the others cannot change what happens. A counter
that can grow beyond every number it is compared with stays at the first number above them, from which
on all guards say the same; so the model is finite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import gcd

from attrs import frozen

from lambdaspec.flow.graph import Flow, Step
from lambdaspec.kernel.counters import Counter, Values


@frozen
class Variable:
    """A counter as a variable of the model.

    Attributes:
        name: a plain identifier.
        counter: what it counts.
        least: the least value it can have.
        most: the greatest one that is told apart.
        unit: what one stands for: every change is a multiple of it.

    """

    name: str
    counter: Counter
    least: int
    most: int
    unit: int = 1


@frozen
class Change:
    """What a move does to a variable: set it to `value`, or add `value` and stay within bounds."""

    variable: Variable
    value: int
    adds: bool


@frozen
class Move:
    """One hop: from a site to a site, if the guards hold.

    Attributes:
        name: a plain identifier that says what happens.
        guards: (variable, at least or None, below or None).
        work: whether a function runs, or is brought to run by what happens beside it.
        cost: how many runs it adds.
        index: its number in the flow.

    """

    name: str
    source: int
    target: int
    guards: tuple[tuple[Variable, int | None, int | None], ...]
    changes: tuple[Change, ...]
    work: bool
    cost: int
    index: int


@frozen
class Plain:
    """The model of one event.

    Attributes:
        name: of the architecture.
        sites: plain identifiers, by number.
        starts: (site, values of variables that do not begin at 0).

    """

    name: str
    sites: tuple[str, ...]
    variables: tuple[Variable, ...]
    starts: tuple[tuple[int, tuple[tuple[Variable, int], ...]], ...]
    moves: tuple[Move, ...]


def plain(flow: Flow) -> Plain:
    """The model of a flow."""
    variables = _variables(flow)
    sites = _identifiers(str(site) for site in flow.sites)
    starts = tuple(
        (
            site,
            tuple(
                (variables[c], v // variables[c].unit) for c, v in values.items() if c in variables
            ),
        )
        for site, values in flow.starts.items()
    )
    if any(step.effect.sums for step in flow.steps):
        raise ValueError("fields that are set to sums of other fields are not exported")
    moves = tuple(_move(index, step, sites, variables) for index, step in enumerate(flow.steps))
    return Plain(flow.settings.architecture.name, sites, tuple(variables.values()), starts, moves)


def _variables(flow: Flow) -> Mapping[Counter, Variable]:
    """A variable for each counter that a guard reads, with what is compared and assigned."""
    compared: dict[Counter, list[int]] = {}
    for step in flow.steps:
        for guard in step.effect.guards:
            known = compared.setdefault(guard.counter, [0])
            known += [n for n in (guard.at_least, guard.below) if n is not None]
    lowest: dict[Counter, int] = dict.fromkeys(compared, 0)
    started: list[Values] = list(flow.starts.values())
    started += [dict(step.effect.assigns) for step in flow.steps]
    for values in started:
        for counter, value in values.items():
            if counter in compared:
                compared[counter].append(value)
                lowest[counter] = min(lowest[counter], value)
    for step in flow.steps:
        for counter, more in step.effect.adds:
            if counter in compared and more < 0:
                lowest[counter] = min(lowest[counter], min(compared[counter]) - 1)
    units = {counter: _unit(flow, counter) for counter in compared}
    names = _identifiers("_".join(part for part in counter if part) for counter in compared)
    return {
        counter: Variable(
            name,
            counter,
            lowest[counter] // units[counter],
            -(-max(compared[counter]) // units[counter]),
            units[counter],
        )
        for name, counter in zip(names, compared, strict=True)
    }


def _unit(flow: Flow, counter: Counter) -> int:
    """The greatest number that divides every change of a counter: ages count visibility timeouts."""
    changes = [
        value for values in flow.starts.values() for c, value in values.items() if c == counter
    ]
    for step in flow.steps:
        changes += [n for c, n in (*step.effect.adds, *step.effect.assigns) if c == counter]
    return gcd(*changes) or 1


def _move(
    index: int, step: Step, sites: tuple[str, ...], variables: Mapping[Counter, Variable]
) -> Move:
    effect = step.effect
    changes: dict[Variable, Change] = {}
    for variable in variables.values():
        if variable.counter[0] in effect.resets:
            changes[variable] = Change(variable, 0, adds=False)
    for counter, value in effect.assigns:
        if counter in variables:
            variable = variables[counter]
            changes[variable] = Change(variable, value // variable.unit, adds=False)
    for counter, more in effect.adds:
        if counter in variables:
            variable = variables[counter]
            known, amount = changes.get(variable), more // variable.unit
            if known is None:
                changes[variable] = Change(variable, amount, adds=True)
            else:
                changes[variable] = Change(variable, known.value + amount, adds=False)
    guards = tuple(
        (variables[g.counter], *_in_units(variables[g.counter], g.at_least, g.below))
        for g in effect.guards
    )
    name = f"{step.role.name.lower()}_{index}_{sites[step.target]}"
    return Move(
        name,
        step.source,
        step.target,
        guards,
        tuple(changes.values()),
        step.work,
        step.cost,
        index,
    )


def _in_units(
    variable: Variable, low: int | None, below: int | None
) -> tuple[int | None, int | None]:
    """A guard's numbers in the variable's unit: rounded up, as only multiples are compared."""
    unit = variable.unit
    return (None if low is None else -(-low // unit)), (
        None if below is None else -(-below // unit)
    )


def _identifiers(names: Iterable[str]) -> tuple[str, ...]:
    """Plain identifiers, all different whatever the case, that every one of the languages takes."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        base = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
        base = base if base[:1].isalpha() else f"x_{base}"
        number, fresh = 2, base
        while fresh.lower() in taken:
            fresh, number = f"{base}_{number}", number + 1
        taken.add(fresh.lower())
        found.append(fresh)
    return tuple(found)
