"""TLA+ for TLC: one event; the property says that work comes to an end."""

from __future__ import annotations

from collections.abc import Iterator

from lambdaspec.export.plain import Change, Move, Plain

MODULE = "Event"
"""The name of the module, and so of the file."""


def text(model: Plain) -> str:
    """The module; `Ends` is what TLC has to check."""
    names = [variable.name for variable in model.variables]
    return (
        "\n".join(
            [
                f"---------------------------- MODULE {MODULE} ----------------------------",
                f"(* {''.join(c for c in model.name if c.isalnum() or c in ' -_.')}: what can happen",
                "   to one event. Check it with TLC:",
                "     java -cp tla2tools.jar tlc2.TLC -deadlock -config Event.cfg Event.tla",
                "   where Event.cfg says: SPECIFICATION Spec  PROPERTY Ends",
                "   A violation is a run in which functions run for ever. *)",
                "EXTENDS Integers",
                "",
                f"VARIABLES site, worked{''.join(', ' + name for name in names)}",
                f"vars == <<site, worked{''.join(', ' + name for name in names)}>>",
                "",
                "Init ==",
                *_init(model),
                "",
                *(line for move in model.moves for line in _action(model, move)),
                "Next ==",
                *([f"  \\/ {move.name}" for move in model.moves] or ["  FALSE"]),
                "",
                "(* `worked` changes with every work step: it stays the same from some point on. *)",
                "Spec == Init /\\ [][Next]_vars",
                "Ends == <>[][worked' = worked]_vars",
                "=" * 70,
            ]
        )
        + "\n"
    )


def _init(model: Plain) -> Iterator[str]:
    if not model.starts:
        yield "  FALSE"
    for site, values in model.starts:
        begin = {variable.name: value for variable, value in values}
        parts = [f'site = "{model.sites[site]}"', "worked = FALSE"]
        parts += [f"{v.name} = {begin.get(v.name, 0)}" for v in model.variables]
        yield "  \\/ " + " /\\ ".join(parts)


def _action(model: Plain, move: Move) -> Iterator[str]:
    yield f"{move.name} =="
    yield f'  /\\ site = "{model.sites[move.source]}"'
    for variable, low, below in move.guards:
        if low is not None:
            yield f"  /\\ {variable.name} >= {low}"
        if below is not None:
            yield f"  /\\ {variable.name} < {below}"
    for change in move.changes:
        yield f"  /\\ {change.variable.name}' = {_value(change)}"
    yield f'  /\\ site\' = "{model.sites[move.target]}"'
    yield f"  /\\ worked' = {'~worked' if move.work else 'worked'}"
    changed = {change.variable.name for change in move.changes}
    kept = [v.name for v in model.variables if v.name not in changed]
    if kept:
        yield f"  /\\ UNCHANGED <<{', '.join(kept)}>>"
    yield ""


def _value(change: Change) -> str:
    variable, name = change.variable, change.variable.name
    if not change.adds:
        return str(change.value)
    end, sign = (variable.most, ">") if change.value >= 0 else (variable.least, "<")
    total = f"{name} + {change.value}" if change.value >= 0 else f"{name} - {-change.value}"
    return f"IF {total} {sign} {end} THEN {end} ELSE {total}"
