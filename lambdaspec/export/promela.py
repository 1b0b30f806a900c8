"""Promela for SPIN: one process is one event; work is an acceptance label."""

from __future__ import annotations

from collections.abc import Iterator

from lambdaspec.export.plain import Change, Move, Plain

LARGEST = 2**31 - 1
"""The largest integer of Promela."""


def text(model: Plain) -> str:
    """The model; SPIN finds an acceptance cycle exactly if the event can run for ever."""
    lines = [
        f"/* {_comment(model.name)}: what can happen to one event.",
        " * spin -a model.pml && cc -O2 -o pan pan.c && ./pan -a -m1000000",
        ' * "errors: 0" says bounded; an acceptance cycle is a run without end. */',
        "",
        *process(model, "Event"),
        "",
        "init { run Event() }",
    ]
    return "\n".join(lines) + "\n"


def process(model: Plain, name: str) -> list[str]:
    """The process type alone, so that several models can stand in one file.

    Raises:
        ValueError: a number is too large for SPIN.

    """
    large = [variable for variable in model.variables if variable.most > LARGEST]
    if large:
        names = ", ".join(variable.name for variable in large)
        raise ValueError(f"SPIN's integers are too small for {names}")
    lines = [f"proctype {name}() {{"]
    for one in model.variables:
        unit = "" if one.unit == 1 else f"  /* in units of {one.unit:,} */"
        lines.append(f"  int {one.name} = 0;{unit}")
    lines += ["  int site = 0;", "  if"]
    for site, values in model.starts:
        begin = "".join(f" {variable.name} = {value};" for variable, value in values)
        lines.append(f"  :: true ->{begin} site = {site} /* {model.sites[site]} */")
    lines += ["  :: false -> skip", "  fi;", "end:", "  do"]
    for move in model.moves:
        lines += _move(model, move)
    lines += ["  :: false -> break", "  od;", "accept_work:", "  goto end", "}"]
    return lines


def _move(model: Plain, move: Move) -> Iterator[str]:
    where = f"{model.sites[move.source]} -> {model.sites[move.target]}"
    yield f"  :: d_step {{ site == {move.source}{''.join(_guards(move))} ->  /* {where} */"
    for change in move.changes:
        yield f"       {assignment(change)};"
    yield f"       site = {move.target} }}{' -> goto accept_work' if move.work else ''}"


def _guards(move: Move) -> Iterator[str]:
    for variable, low, below in move.guards:
        if low is not None:
            yield f" && {variable.name} >= {low}"
        if below is not None:
            yield f" && {variable.name} < {below}"


def assignment(change: Change) -> str:
    """What a move does to a variable; beyond what is told apart it stays."""
    variable = change.variable
    if not change.adds:
        return f"{variable.name} = {change.value}"
    sum_of = f"{variable.name} + {change.value}"
    if change.value >= 0:
        return f"{variable.name} = ({sum_of} > {variable.most} -> {variable.most} : {sum_of})"
    return f"{variable.name} = ({sum_of} < {variable.least} -> {variable.least} : {sum_of})"


def _comment(name: str) -> str:
    return "".join(c for c in name if c.isalnum() or c in " -_.")
