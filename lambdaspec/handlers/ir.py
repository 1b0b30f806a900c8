"""One small language that handlers of every language are translated to before they are read.

It keeps what matters for the question "what does this write, and under which condition": calls,
names, texts, records, branches, loops, functions. Everything else becomes `Opaque`, whose parts
are still looked at.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Const:
    """A literal."""

    value: str | int | float | bool | None


@frozen
class Name:
    """A variable, or something imported."""

    id: str


@frozen
class Member:
    """`of.name`."""

    of: Expr
    name: str


@frozen
class Index:
    """`of[key]`."""

    of: Expr
    key: Expr


@frozen
class Call:
    """A call or construction; `named` are keyword arguments and what an initialiser sets."""

    callee: Expr
    args: tuple[Expr, ...]
    line: int
    named: tuple[tuple[str, Expr], ...] = ()
    new: bool = False


@frozen
class Record:
    """A dict, an object, a composite literal; an empty name spreads another record."""

    fields: tuple[tuple[str | Expr, Expr], ...]
    kind: str = ""


@frozen
class Items:
    """A list, a tuple, a set."""

    items: tuple[Expr, ...]


@frozen
class Join:
    """Texts put together."""

    parts: tuple[Expr, ...]


@frozen
class Arith:
    """`left op right`; `+` on texts joins them."""

    op: str
    left: Expr
    right: Expr


@frozen
class Compare:
    """A comparison: `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`."""

    op: str
    left: Expr
    right: Expr


@frozen
class Logic:
    """`and`, `or` (also as a default for a missing value), `not`."""

    op: str
    items: tuple[Expr, ...]


@frozen
class Either:
    """One of them: a conditional expression."""

    items: tuple[Expr, ...]


@frozen
class Closure:
    """A function: names of parameters (empty where it is a pattern), body."""

    params: tuple[Parameter, ...]
    body: tuple[Stmt, ...]


@frozen
class Parameter:
    """A parameter: its name, the default, the declared type's name, how many it takes."""

    name: str
    default: Expr | None = None
    type: str = ""
    pattern: Expr | None = None
    rest: bool = False


@frozen
class Typed:
    """Something of which only the type's name is known, as a field injected by a framework."""

    type: str


@frozen
class Opaque:
    """Something else; its parts are evaluated for what they write."""

    parts: tuple[Expr, ...] = ()


@frozen
class Assign:
    """`target = value`; a `Record` or `Items` as target takes the value apart."""

    target: Expr
    value: Expr


@frozen
class Do:
    """An expression for its effect."""

    value: Expr


@frozen
class If:
    """A branch."""

    test: Expr
    then: tuple[Stmt, ...]
    other: tuple[Stmt, ...] = ()


@frozen
class Loop:
    """A loop over something, or while something."""

    target: Expr | None
    over: Expr | None
    body: tuple[Stmt, ...]


@frozen
class Return:
    """Leave the function with a value."""

    value: Expr | None


@frozen
class Leave:
    """Leave the record or the run without one: `raise`, `continue`, `break`."""

    value: Expr | None = None


@frozen
class Try:
    """A body, and what runs when it fails or afterwards."""

    body: tuple[Stmt, ...]
    handlers: tuple[Stmt, ...]


@frozen
class Define:
    """A function with a name."""

    name: str
    function: Closure
    decorators: tuple[Expr, ...] = ()


GETTER = "get "
"""Before the name of a method that is read like a field."""


@frozen
class Class:
    """A class: methods and fields, all by name; of those read like fields with `GETTER` before it."""

    name: str
    bases: tuple[Expr, ...]
    methods: tuple[tuple[str, Closure], ...]
    fields: tuple[tuple[str, Expr], ...]


@frozen
class Import:
    """`from module import name as alias`; no name: the module itself; `*`: all its names."""

    module: str
    name: str
    alias: str


@frozen
class Delete:
    """A field that is removed from a record."""

    target: Expr


Expr = (
    Const
    | Name
    | Member
    | Index
    | Call
    | Record
    | Items
    | Join
    | Arith
    | Compare
    | Logic
    | Either
    | Closure
    | Typed
    | Opaque
)
Stmt = Assign | Do | If | Loop | Return | Leave | Try | Define | Class | Import | Delete


@frozen
class Unit:
    """One source file; `problem` says why it could not be read whole, if it could not."""

    path: str
    body: tuple[Stmt, ...]
    problem: str = ""


def unary(operator: str, operand: Expr) -> Expr:
    """An expression with an operator before it: a negation, a negative number, or anything."""
    if operator == "-" and isinstance(operand, Const) and isinstance(operand.value, int):
        return Const(-operand.value)
    return Logic("not", (operand,)) if operator == "!" else Opaque((operand,))
