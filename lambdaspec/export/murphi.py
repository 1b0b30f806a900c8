"""Murphi for Rumur: the states of one event, all of them."""

from __future__ import annotations

from collections.abc import Iterator

from lambdaspec.export.plain import Change, Move, Plain


def text(model: Plain) -> str:
    """The model; Rumur visits every state. That it ends says that there are finitely many."""
    lines = [
        f"-- {''.join(c for c in model.name if c.isalnum() or c in ' -_.')}: one event.",
        "-- rumur --deadlock-detection off --output model.c model.m && cc -O3 -march=native -lpthread model.c && ./a.out",
        "var",
        f"  site: 0 .. {max(len(model.sites) - 1, 0)};",
        *(f"  {v.name}: {v.least} .. {v.most};" for v in model.variables),
    ]
    for site, values in model.starts:
        begin = {variable.name: value for variable, value in values}
        lines.append(f'startstate "{model.sites[site]}" begin')
        lines.append(f"  site := {site};")
        lines += [f"  {v.name} := {begin.get(v.name, 0)};" for v in model.variables]
        lines.append("end;")
    for move in model.moves:
        lines += _rule(move)
    return "\n".join(lines) + "\n"


def _rule(move: Move) -> Iterator[str]:
    guards = [f"site = {move.source}"]
    for variable, low, below in move.guards:
        guards += [] if low is None else [f"{variable.name} >= {low}"]
        guards += [] if below is None else [f"{variable.name} < {below}"]
    yield f'rule "{move.name}" {" & ".join(guards)} ==> begin'
    for change in move.changes:
        yield f"  {_assignment(change)}"
    yield f"  site := {move.target};"
    yield "end;"


def _assignment(change: Change) -> str:
    variable, name = change.variable, change.variable.name
    if not change.adds:
        return f"{name} := {change.value};"
    sign, end = (">", variable.most) if change.value >= 0 else ("<", variable.least)
    total = f"{name} + {change.value}" if change.value >= 0 else f"{name} - {-change.value}"
    return f"if {total} {sign} {end} then {name} := {end}; else {name} := {total}; end;"
