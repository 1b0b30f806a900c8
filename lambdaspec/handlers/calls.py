"""The first part of the interpreter: calls of functions, of the package and from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define, field, frozen

from lambdaspec.handlers import ir
from lambdaspec.handlers.builtins import Answer, called_outside
from lambdaspec.handlers.memory import Kept, Memory
from lambdaspec.handlers.sdk import service_of_type
from lambdaspec.handlers.values import (
    UNKNOWN,
    Bound,
    Client,
    Condition,
    Ext,
    Fn,
    Handle,
    Inst,
    Klass,
    Path,
    Rec,
    Scope,
    Seq,
    Value,
    alternatives,
    any_of,
)

MOST_STEPS = 150_000
"""Expressions that are evaluated before a handler counts as too large."""

MOST_DEEP = 40
"""Calls inside calls that are followed."""

MOST_AGAIN = 2
"""How often a function may stand on the stack of calls."""


@frozen
class Written:
    """A call of an SDK that writes, with what is known of its parameters."""

    service: str
    operation: str
    parameters: Rec
    line: int
    path: str
    handle: Handle | None = None
    conditions: tuple[Condition, ...] = ()


class TooLarge(Exception):
    """The budget of steps is spent."""


@define
class Frame:
    """A function that is being followed: its names, its object, what it has returned so far.

    `exits` are the branches that left it, or a round of a loop, with what they left behind.
    """

    scope: Scope
    this: Value
    returned: list[Value] = field(factory=list)
    exits: list[tuple[dict[str, Value], Kept]] = field(factory=list)


@define
class Calls:
    """One reading of a handler.

    Attributes:
        handed_over: whether a function of the package was given to something from outside.
        load: a module of the package by the importing file and the module's name; None if it is
            from outside.
        written: the writing calls found so far.
        doubts: why the handler is not read whole.

    """

    load: Callable[[str, str], tuple[str, ir.Unit] | None]
    written: dict[Written, None] = field(factory=dict)
    doubts: dict[str, None] = field(factory=dict)
    modules: dict[str, Scope] = field(factory=dict)
    registered: list[Fn] = field(factory=list)
    outside: dict[str, None] = field(factory=dict)
    frames: list[Frame] = field(factory=list)
    stack: list[ir.Closure] = field(factory=list)
    known: tuple[Condition, ...] = ()
    memory: Memory = field(factory=Memory)
    handed_over: bool = False
    owners: dict[str, list[Klass]] = field(factory=dict)
    """The classes of the package that have a method of that name."""
    path: str = ""
    steps: int = 0

    def call(
        self,
        callee: Value,
        args: Sequence[Value],
        named: Sequence[tuple[str, Value]],
        line: int = 0,
    ) -> Value:
        """What a call gives back; what it writes is noted."""
        found = [self._called(one, args, named, line) for one in alternatives(callee)]
        return any_of(found)

    def _called(
        self, callee: Value, args: Sequence[Value], named: Sequence[tuple[str, Value]], line: int
    ) -> Value:
        match callee:
            case Fn():
                return self.inlined(callee, args, named)
            case Klass():
                return self._made(callee, args, named)
            case Inst() if (function := self.method(callee, "__call__")) is not None:
                return self.call(function, args, named, line)
            case _:
                answer = called_outside(callee, args, named)
                self.note(answer, line)
                if answer.value is UNKNOWN or answer.calls_back:
                    self.hand_over([*args, *(value for _, value in named)])
                    self.hand_over_operations(args, named, line)
                return self.own(answer.value)

    def own(self, value: Value) -> Value:
        """Parsed text of the event is a record that the handler may change: each part is one."""
        if isinstance(value, Path) and value.steps[-1:] == ("json",):
            return Rec(base=value)
        return value

    def hand_over(self, args: Sequence[Value]) -> None:
        """Functions that are handed to something unknown may be called by it."""
        for value in args:
            for one in alternatives(value):
                if isinstance(one, Fn) and one.closure not in self.stack:
                    self.handed_over = True
                    params = one.closure.params
                    self.inlined(one, [Path(("?",)) for _ in params], ())

    def hand_over_operations(
        self, args: Sequence[Value], named: Sequence[tuple[str, Value]], line: int
    ) -> None:
        """An operation that is handed to something, as to `partial` or a pool, is called by it."""
        for place, value in enumerate(args):
            for one in alternatives(value):
                if isinstance(one, Bound) and isinstance(one.of, Client | Handle):
                    self.note(called_outside(one, args[place + 1 :], named), line)

    def note(self, answer: Answer, line: int) -> None:
        """Keep what a call writes, and what is not understood about it."""
        for operation, service, parameters, handle in answer.written:
            path = self.frames[-1].scope.file if self.frames else self.path
            now = self.memory.kept(parameters)
            assert isinstance(now, Rec)  # noqa: S101  a record's copy is one
            key = Written(service, operation, now, line, path, handle, self.known)
            self.written[key] = None
        for owner, name, value in answer.stores:
            self.memory.store(owner, name, value)
        for doubt in answer.doubts:
            path = self.frames[-1].scope.file if self.frames else self.path
            self.doubts[f"{path}:{line}: {doubt}" if line and path else doubt] = None
        for module in answer.outside:
            self.outside[module] = None

    def inlined(
        self, function: Fn, args: Sequence[Value], named: Sequence[tuple[str, Value]]
    ) -> Value:
        """Follow a function of the package with these arguments."""
        closure = function.closure
        if len(self.stack) >= MOST_DEEP or self.stack.count(closure) >= MOST_AGAIN:
            return UNKNOWN
        scope = Scope(outer=function.scope)
        self.frames.append(Frame(scope, function.this))
        self.stack.append(closure)
        known = self.known
        self._bind(closure, args, dict(named))
        self.block(closure.body)
        self.known = known
        self.stack.pop()
        frame = self.frames.pop()
        for _, stored in frame.exits:
            self.memory.either(stored, {})
        return any_of(frame.returned)

    def _bind(self, closure: ir.Closure, args: Sequence[Value], named: dict[str, Value]) -> None:
        rest = list(args)
        if closure.params and closure.params[0].name in ("self", "cls"):
            this = self.frames[-1].this
            if this is not UNKNOWN:
                rest.insert(0, this)
        for place, parameter in enumerate(closure.params):
            if parameter.rest:
                value: Value = Seq(rest[place:])
            elif place < len(rest):
                value = rest[place]
            elif parameter.name in named:
                value = named[parameter.name]
            elif parameter.default is not None:
                value = self.value(parameter.default)
            else:
                value = UNKNOWN
            if value is UNKNOWN and parameter.type:
                value = typed(parameter.type)
            self.assign(parameter.pattern or ir.Name(parameter.name), value)

    def _made(
        self, klass: Klass, args: Sequence[Value], named: Sequence[tuple[str, Value]]
    ) -> Value:
        made = Inst(klass)
        for one in reversed(_line(klass)):
            self.frames.append(Frame(Scope(outer=one.scope), made))
            for name, value in one.definition.fields:
                made.fields[name] = self.value(value)
            self.frames.pop()
        for name in ("__init__", "constructor", klass.definition.name):
            function = self.method(made, name)
            if function is not None:
                self.call(function, args, named)
                break
        else:
            made.fields.update(named)
        return made

    def method(self, owner: Inst, name: str) -> Value | None:
        """A method of an object: the nearest class that has it, all its overloads."""
        for klass in _line(owner.klass):
            found = [
                Fn(closure, klass.scope, owner)
                for known, closure in klass.definition.methods
                if known == name
            ]
            if found:
                return any_of(found)
        return None

    def value(self, node: ir.Expr) -> Value:
        """What an expression may be."""
        raise NotImplementedError

    def block(self, body: Sequence[ir.Stmt]) -> bool:
        """Read statements; whether their end is never reached."""
        raise NotImplementedError

    def module(self, path: str, unit: ir.Unit, around: Scope | None = None) -> Scope:
        """The names of a module of the package."""
        raise NotImplementedError

    def assign(self, target: ir.Expr, value: Value) -> None:
        """Give a name, or a part of something, a value."""
        raise NotImplementedError


def typed(kind: str) -> Value:
    """Something of which only its type is known: a client, or nothing."""
    service = service_of_type(kind)
    return UNKNOWN if service is None else Client(service)


def _line(klass: Klass) -> list[Klass]:
    """A class and those it inherits from, as far as they are of the package."""
    found = [klass]
    for one in found:
        bases = [  # a class may stand before the one it inherits from
            one.scope.find(base.path) if isinstance(base, Ext) else base for base in one.bases
        ]
        found += [base for base in bases if isinstance(base, Klass) and base not in found]
        if len(found) > 20:
            break
    return found
