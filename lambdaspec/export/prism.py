"""PRISM for Storm: the most invocations of one event that goes one way at a time, as a reward."""

from __future__ import annotations

from collections.abc import Iterator

from lambdaspec.export.plain import Change, Move, Plain


def text(model: Plain) -> str:
    """The model; `R{"runs"}max=? [C]` is the worst case where nothing fans out."""
    start = len(model.sites)
    lines = [
        f"// {''.join(c for c in model.name if c.isalnum() or c in ' -_.')}: one event.",
        "// storm --prism model.nm --prop 'R{\"runs\"}max=? [C]'",
        "mdp",
        "module event",
        f"  site : [0..{start}] init {start};",
        *(f"  {v.name} : [{v.least}..{v.most}] init 0;" for v in model.variables),
    ]
    for number, (site, values) in enumerate(model.starts):
        begin = "".join(f" & ({variable.name}'={value})" for variable, value in values)
        lines.append(f"  [arrive_{number}] site={start} -> (site'={site}){begin};")
    for move in model.moves:
        lines.append(f"  [{move.name}] {_guard(move)} -> {' & '.join(_updates(move))};")
    lines += ["  [rest] true -> true;", "endmodule", "", 'rewards "runs"', "  true : 0;"]
    lines += [f"  [{move.name}] true : {move.cost};" for move in model.moves if move.cost]
    return "\n".join([*lines, "endrewards"]) + "\n"


def _guard(move: Move) -> str:
    parts = [f"site={move.source}"]
    for variable, low, below in move.guards:
        parts += [] if low is None else [f"{variable.name}>={low}"]
        parts += [] if below is None else [f"{variable.name}<{below}"]
    return " & ".join(parts)


def _updates(move: Move) -> Iterator[str]:
    yield f"(site'={move.target})"
    for change in move.changes:
        yield f"({change.variable.name}'={_value(change)})"


def _value(change: Change) -> str:
    if not change.adds:
        return str(change.value)
    variable = change.variable
    end = f"min({variable.most}" if change.value >= 0 else f"max({variable.least}"
    return f"{end},{variable.name}+({change.value}))"
