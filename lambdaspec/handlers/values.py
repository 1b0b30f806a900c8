"""What a name in a handler may stand for: texts with holes, parts of the event, clients, functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define, field, frozen

from lambdaspec.handlers import ir

MOST_ALTERNATIVES = 12
"""A value with more alternatives than this is unknown."""


@frozen
class Unknown:
    """Nothing is known of it."""


UNKNOWN = Unknown()


@frozen
class Env:
    """An environment variable; `default` where the code names one."""

    name: str
    default: str | None = None


@frozen
class Path:
    """The event, or the part of it that these keys lead to; `[]` is any item, `json` parsed text."""

    steps: tuple[str, ...] = ()


@frozen
class Piece(Path):
    """The first or last piece of a text of the event between separators (`by`), or, without one,
    its extension with the dot.
    """

    of: Path = Path()
    by: str = ""
    last: bool = False


@frozen
class Pieces(Path):
    """What a text of the event falls into; `known` says which piece is which."""

    known: tuple[tuple[int, Piece], ...] = ()

    def at(self, place: Value) -> Value:
        """The piece at a place, where it can be told which one that is."""
        index = place.value if isinstance(place, Num) else None
        if place == Sum(Path((*self.steps, "length")), -1):
            index = -1
        for known, piece in self.known:
            if known == index:
                return piece
        return Path((*self.steps, "[]"))


@frozen
class Condition:
    """A test of a part of the event.

    Attributes:
        path: the part of the event.
        test: what is tested: `prefix`, `suffix`, `contains`, `equals`, `present` (the part is
            there), `true` (it is there and not empty, 0 or false), or `<`, `<=`, `>`, `>=`, `==`,
            `!=`.
        worth: the text, number or truth value that it is compared with, several texts where any
            of them will do, or the environment variable that holds the number.
        holds: whether the test holds where the write is made.
        offset: what was added to the part before it was compared with a variable.

    """

    path: Path
    test: str
    worth: str | int | Env | tuple[str, ...]
    holds: bool
    offset: int = 0


@frozen
class Test:
    """Whether something holds of the event: what does where it is so, and where it is not."""

    holds: tuple[Condition, ...]
    fails: tuple[Condition, ...]


@frozen
class Hole:
    """Any text."""


@frozen
class Replaced:
    """A text of the event in which one text was replaced by another."""

    of: Path
    old: str
    new: str


Part = str | Env | Path | Hole | Replaced


@frozen
class Str:
    """A text, of parts."""

    parts: tuple[Part, ...]


@frozen
class Num:
    """A number, a truth value, or nothing."""

    value: int | float | bool | None


@frozen
class Sum:
    """A number of the event, plus something."""

    path: Path
    add: int


@frozen
class Gone:
    """A field that was removed."""


GONE = Gone()


@define(eq=False)
class Rec:
    """A record; `open` if it may have more fields than those; `keys` are those only partly known;
    `base` is the part of the event that it is, but for those fields.
    """

    fields: dict[str, Value] = field(factory=dict)
    open: bool = False
    kind: str = ""
    keys: list[Value] = field(factory=list)
    base: Path | None = None


@define(eq=False)
class Seq:
    """A list: everything that may be in it; `whole` if all of that certainly is."""

    items: list[Value] = field(factory=list)
    whole: bool = False


@frozen
class Client:
    """A client of an AWS service."""

    service: str


@frozen(eq=False)
class Handle:
    """A resource object of boto3, such as a table or an object in a bucket."""

    kind: str
    target: Value
    key: Value = UNKNOWN


@frozen(eq=False)
class Fn:
    """A function of the package, with what it sees and the object it belongs to."""

    closure: ir.Closure
    scope: Scope
    this: Value = UNKNOWN


@define(eq=False)
class Klass:
    """A class of the package."""

    definition: ir.Class
    scope: Scope
    bases: tuple[Value, ...] = ()


@define(eq=False)
class Inst:
    """An object of a class of the package."""

    klass: Klass
    fields: dict[str, Value] = field(factory=dict)


@frozen
class Ext:
    """Something from outside the package, by its dotted name."""

    path: str


@frozen
class Bound:
    """A method of something that is not of the package."""

    of: Value
    name: str


@frozen
class AnyOf:
    """One of these."""

    items: tuple[Value, ...]


@frozen
class Context:
    """What Lambda tells a function about itself."""


@frozen
class Environment:
    """All environment variables."""


Value = (
    Unknown
    | Str
    | Num
    | Sum
    | Gone
    | Path
    | Rec
    | Seq
    | Client
    | Handle
    | Fn
    | Klass
    | Inst
    | Ext
    | Bound
    | AnyOf
    | Context
    | Environment
    | Test
)


@define(eq=False)
class Scope:
    """The names of a function or module, inside those around it."""

    names: dict[str, Value] = field(factory=dict)
    outer: Scope | None = None
    path: str = ""

    @property
    def file(self) -> str:
        """The file in which the names are."""
        scope: Scope | None = self
        while scope is not None and not scope.path:
            scope = scope.outer
        return "" if scope is None else scope.path

    def top(self) -> Scope:
        """The module's own names."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope

    def find(self, name: str) -> Value | None:
        """The value of a name; None where nothing has it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None


def alternatives(value: Value) -> Iterator[Value]:
    """The value, or each of its alternatives."""
    if isinstance(value, AnyOf):
        yield from value.items
    else:
        yield value


def any_of(values: Iterable[Value]) -> Value:
    """One of several values."""
    found: dict[Value, None] = {}
    for value in values:
        found.update(dict.fromkeys(alternatives(value)))
    if not found:
        return UNKNOWN
    if len(found) > MOST_ALTERNATIVES:
        return UNKNOWN
    return next(iter(found)) if len(found) == 1 else AnyOf(tuple(found))


def as_parts(value: Value) -> tuple[Part, ...]:
    """A value inside a text."""
    match value:
        case Str(parts=parts):
            return parts
        case Num(value=number):
            return (str(number),)
        case Path():
            return (value,)
        case _:
            return (Hole(),)


def joined(values: Iterable[Value]) -> Value:
    """Texts one after another; of alternatives only a hole remains."""
    parts: list[Part] = []
    for value in values:
        for part in as_parts(value):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] = str(parts[-1]) + part
            else:
                parts.append(part)
    return Str(tuple(parts)) if parts else Str(("",))


def literal(value: Value) -> str | None:
    """The text of a value that is nothing else."""
    if isinstance(value, Str) and all(isinstance(part, str) for part in value.parts):
        return "".join(str(part) for part in value.parts)
    return None
