"""SMT-LIB 2: Horn clauses that a solver can satisfy exactly if no work is repeated for ever.

The state is copied at some point of the run, the guess; from then on it is remembered whether work was
done. If the copied state can be met again after work, the event can run for ever. `sat` says that it
cannot (there is an invariant), `unsat` that it can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lambdaspec.export.plain import Change, Move, Plain


def text(model: Plain) -> str:
    """The clauses; `unsat` is an endless run."""
    names = ["site", *(variable.name for variable in model.variables)]
    kept = [f"kept_{name}" for name in names]
    sorts = " ".join("Int" for _ in names)
    everything = " ".join(f"({name} Int)" for name in [*names, *kept])
    now, saved = " ".join(names), " ".join(kept)
    state = f"(reached {now} copied worked {saved})"
    bound = f"{everything} (copied Bool) (worked Bool)"
    lines = [
        f"; {''.join(c for c in model.name if c.isalnum() or c in ' -_.')}: one event.",
        "; sat: every run comes to an end. unsat: functions can run for ever.",
        *(f"; site {number} is {name}" for number, name in enumerate(model.sites)),
        "(set-logic HORN)",
        f"(declare-fun reached ({sorts} Bool Bool {sorts}) Bool)",
    ]
    zeros = " ".join("0" for _ in names)
    for site, values in model.starts:
        begin = {variable.name: value for variable, value in values}
        first = " ".join(_number(begin.get(name, 0)) for name in names[1:])
        lines.append(f"(assert (reached {site} {first} false false {zeros}))")
    copied = f"(reached {now} true false {now})"
    lines.append(f"(assert (forall ({bound}) (=> (and {state} (not copied)) {copied})))")
    for move in model.moves:
        lines += _clause(move, names, saved, state, bound)
    same = " ".join(f"(= {name} kept_{name})" for name in names)
    again = f"(and {state} copied worked {same})"
    lines.append(f"(assert (forall ({bound}) (=> {again} false)))")
    return "\n".join([*lines, "(check-sat)"]) + "\n"


def _clause(move: Move, names: Sequence[str], saved: str, state: str, bound: str) -> Iterator[str]:
    after: Mapping[str, str] = {c.variable.name: _value(c) for c in move.changes}
    guards = [f"(= site {move.source})"]
    for variable, low, below in move.guards:
        guards += [] if low is None else [f"(>= {variable.name} {_number(low)})"]
        guards += [] if below is None else [f"(< {variable.name} {_number(below)})"]
    values = " ".join([str(move.target), *(after.get(name, name) for name in names[1:])])
    worked = "(or worked copied)" if move.work else "worked"
    head = f"(reached {values} copied {worked} {saved})"
    yield f"(assert (forall ({bound}) (=> (and {state} {' '.join(guards)}) {head})))"


def _value(change: Change) -> str:
    variable, name = change.variable, change.variable.name
    if not change.adds:
        return _number(change.value)
    total = f"(+ {name} {_number(change.value)})"
    sign, end = (">", variable.most) if change.value >= 0 else ("<", variable.least)
    return f"(ite ({sign} {total} {_number(end)}) {_number(end)} {total})"


def _number(value: int) -> str:
    return str(value) if value >= 0 else f"(- {-value})"
