"""Reads a handler: follows values from the event and the environment to calls of AWS's SDKs.

Nothing is run. Branches are all taken, loops twice, functions of the package are followed with the
arguments they are called with. What a value may be is over-approximated (`values`); what is not
understood becomes a reason why the handler was not read whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from lambdaspec.handlers import ir
from lambdaspec.handlers.builtins import reading
from lambdaspec.handlers.calls import Frame, TooLarge, Written
from lambdaspec.handlers.expressions import Expressions, as_record
from lambdaspec.handlers.guards import conditions
from lambdaspec.handlers.memory import moving
from lambdaspec.handlers.values import (
    GONE,
    UNKNOWN,
    AnyOf,
    Condition,
    Context,
    Ext,
    Fn,
    Inst,
    Klass,
    Num,
    Path,
    Pieces,
    Rec,
    Scope,
    Seq,
    Sum,
    Value,
    alternatives,
    any_of,
    literal,
)


@define
class Reader(Expressions):
    """One reading of a handler: its modules and statements."""

    def module(self, path: str, unit: ir.Unit, around: Scope | None = None) -> Scope:
        """The names of a module of the package, which is read once."""
        if path in self.modules:
            return self.modules[path]
        scope = self.modules[path] = Scope(path=path, outer=around)
        if unit.problem:
            self.doubts[unit.problem] = None
        before, self.path = self.path, path
        self.frames.append(Frame(scope, UNKNOWN))
        self.block(unit.body)
        self.frames.pop()
        self.path = before
        return scope

    def run(self, entry: Value) -> None:
        """Read what happens to an event; then the functions that frameworks were handed."""
        self.call(entry, [Rec(base=Path()), Context()], ())
        for function in self.registered:
            self.call(function, [Path(("?",))] * len(function.closure.params), ())

    def block(self, body: Sequence[ir.Stmt]) -> bool:
        """Read statements; whether their end is never reached."""
        known = self.known
        left = False
        for statement in body:
            if left:
                break
            left = self._statement(statement)
        self.known = known
        return left

    def _statement(self, statement: ir.Stmt) -> bool:
        frame = self.frames[-1]
        match statement:
            case ir.Assign(target=target, value=value):
                self.assign(target, self.value(value))
            case ir.Do(value=value):
                self.value(value)
            case ir.If():
                return self._branch(statement)
            case ir.Loop():
                self._loop(statement)
            case ir.Return(value=value):
                frame.returned.append(UNKNOWN if value is None else self.value(value))
                return True
            case ir.Leave(value=value):
                if value is not None:
                    self.value(value)
                return True
            case ir.Try(body=body, handlers=handlers):
                return self._try(body, handlers)
            case ir.Delete(target=target):
                self._delete(target)
            case _:
                self._define(statement)
        return False

    def _branch(self, statement: ir.If) -> bool:
        self.value(statement.test)
        holds = conditions(statement.test, self.value, positive=True)
        fails = conditions(statement.test, self.value, positive=False)
        frame, known, memory = self.frames[-1], self.known, self.memory
        before = dict(frame.scope.names)
        memory.begin()
        left = self._under(known + holds, statement.then)
        stored, then = memory.take_back(), dict(frame.scope.names)
        _restore(frame.scope, before)
        memory.begin()
        other = self._under(known + fails, statement.other)
        stored_other = memory.take_back()
        self.known = known
        if left and not other:
            frame.exits.append((then, stored))
            memory.put(stored_other)
            self.known = known + fails  # what follows happens only where the test fails
        elif other and not left:
            frame.exits.append((dict(frame.scope.names), stored_other))
            memory.put(stored)
            self.known = known + holds
            _restore(frame.scope, then)
        else:
            memory.either(stored, stored_other)
            without = dict(frame.scope.names)
            _join(frame.scope, then)
            if len(holds) == len(fails) == 1 and holds[0].test == "present":
                there, absent = (then, without) if holds[0].holds else (without, then)
                _begin_counters(frame.scope, holds[0].path, there, absent)
        return left and other

    def _under(self, known: tuple[Condition, ...], body: tuple[ir.Stmt, ...]) -> bool:
        """Statements that run only where these conditions hold."""
        self.known = known
        return self.block(body)

    def _try(self, body: tuple[ir.Stmt, ...], handlers: tuple[ir.Stmt, ...]) -> bool:
        """A body that may fail anywhere, and what then runs."""
        frame, memory = self.frames[-1], self.memory
        before = dict(frame.scope.names)
        memory.begin()
        left = self.block(body)
        stored, after = memory.take_back(), dict(frame.scope.names)
        _join(frame.scope, before)
        memory.begin()
        memory.either(stored, {})  # it may have failed before or after any of them
        caught = self.block(handlers)
        stored_caught = memory.take_back()
        if caught and not left:
            memory.put(stored)
            _restore(frame.scope, after)
        else:
            memory.either(stored, stored_caught)
            if not caught:
                _join(frame.scope, after)
        return left and caught and bool(handlers)

    def _loop(self, statement: ir.Loop) -> None:
        """A loop's body, twice: what the first time round leaves may matter to the second.

        What still differs after that may be anything: a counter goes up with each round.
        """
        over = UNKNOWN if statement.over is None else self.value(statement.over)
        frame, memory = self.frames[-1], self.memory
        for again in (False, True):
            before, exits = dict(frame.scope.names), len(frame.exits)
            memory.begin()
            if statement.target is not None:
                self.assign(statement.target, reading(over, "[]"))
            self.block(statement.body)
            for names, left in frame.exits[exits:]:  # `continue` and `break` come here too
                _join(frame.scope, names)
                memory.either(left, {})
            stored = memory.take_back()
            if again:
                _widen(frame.scope, before)
                stored = memory.widened(stored)
            memory.either(stored, {})
            _join(frame.scope, before)

    def assign(self, target: ir.Expr, value: Value) -> None:
        """Give a name, or a part of something, a value."""
        frame = self.frames[-1]
        match target:
            case ir.Name(id=name):
                old = frame.scope.names.get(name)
                if old is None and frame.scope.find(name) is not None and frame.scope.outer:
                    self._outer(frame.scope, name, value)
                frame.scope.names[name] = value
            case ir.Member(of=of, name=name):
                self._store(self.value(of), name, value)
            case ir.Index(of=of, key=key):
                self._store(self.value(of), literal(self.value(key)), value)
            case ir.Record(fields=fields):
                for which, inner in fields:
                    taken = reading(value, which) if isinstance(which, str) else UNKNOWN
                    self.assign(inner, taken)
            case ir.Items(items=items):
                for place, inner in enumerate(items):
                    self.assign(inner, _nth(value, place))
            case _:
                pass

    def _outer(self, scope: Scope, name: str, value: Value) -> None:
        """An assignment may be to a variable of a function or module around this one."""
        around = scope.outer
        while around is not None:
            if name in around.names:
                old = around.names[name]
                around.names[name] = value if old is UNKNOWN else any_of((old, value))
                return
            around = around.outer

    def _store(self, owner: Value, key: str | None, value: Value) -> None:
        several = isinstance(owner, AnyOf)
        for each in alternatives(owner):
            one = (
                self.memory.own(each) if isinstance(each, Path) and "?" not in each.steps else each
            )
            if isinstance(one, Inst) and key is not None:
                old = one.fields.get(key)
                one.fields[key] = value if old is None or old is UNKNOWN else any_of((old, value))
            elif isinstance(one, Rec):
                if key is None:
                    one.open = True
                elif several:
                    self.memory.either({(id(one), key): (one, value)}, {})
                else:
                    self.memory.store(one, key, value)
            elif isinstance(one, Ext) and one.path in ("exports", "module.exports") and key:
                scope = self.frames[0].scope if not self.frames else self.frames[-1].scope
                scope.top().names[key] = value
            elif isinstance(one, Ext) and one.path == "module" and key == "exports":
                top = self.frames[-1].scope.top()
                top.names["default"] = value
                if isinstance(value, Rec):
                    top.names.update(value.fields)

    def _delete(self, target: ir.Expr) -> None:
        if not isinstance(target, ir.Member | ir.Index):
            return
        key = target.name if isinstance(target, ir.Member) else literal(self.value(target.key))
        owner = self.value(target.of)
        if key is not None and not isinstance(owner, AnyOf):
            self._store(owner, key, GONE)

    def _define(self, statement: ir.Stmt) -> None:
        scope = self.frames[-1].scope
        match statement:
            case ir.Define(name=name, function=closure, decorators=decorators):
                value: Value = Fn(closure, scope)
                for one in reversed(decorators):
                    value = self._decorated(value, self.value(one))
                scope.names[name] = value
            case ir.Class(name=name, bases=bases):
                made = Klass(statement, scope, tuple(map(self.value, bases)))
                scope.names[name] = made
                for method, _ in statement.methods:
                    self.owners.setdefault(method, []).append(made)
            case ir.Import():
                self._import(statement, scope)
            case _:
                pass

    def _decorated(self, function: Value, decorator: Value) -> Value:
        if isinstance(decorator, Fn):
            made = self.inlined(decorator, [function], ())
            return function if made is UNKNOWN else made
        if isinstance(function, Fn):
            self.registered.append(function)
        return function

    def _import(self, statement: ir.Import, scope: Scope) -> None:
        found = self.load(self.path, statement.module)
        alias = statement.alias
        if found is None and statement.name not in ("", "*"):  # `from package import module`
            glue = "" if statement.module.endswith(".") else "."
            found_inner = self.load(self.path, f"{statement.module}{glue}{statement.name}")
            if found_inner is not None:
                scope.names[alias] = as_record(self.module(*found_inner))
                return
        if found is None:
            self._import_outside(statement, scope)
            return
        names = self.module(*found)
        if statement.name == "*":
            scope.names.update(names.names)
        elif not statement.name:
            self._import_module(statement.module, alias, names, scope)
        elif statement.name in names.names:
            scope.names[alias] = names.names[statement.name]
        else:
            inner = self.load(self.path, f"{statement.module}.{statement.name}")
            if inner is not None:
                scope.names[alias] = as_record(self.module(*inner))
            else:
                default = names.names.get("default") if statement.name == "default" else None
                record = as_record(names)
                scope.names[alias] = default or (record if statement.name == "default" else UNKNOWN)

    def _import_module(self, module: str, alias: str, names: Scope, scope: Scope) -> None:
        """`import a.b` makes `a`, with `b` in it."""
        first, *inner = module.lstrip(".").split(".")
        if alias != first or not inner:
            scope.names[alias] = as_record(names)
            return
        here = scope.names.get(first)
        record = here if isinstance(here, Rec) else Rec(open=True)
        scope.names[first] = record
        for name in inner[:-1]:
            step = record.fields.setdefault(name, Rec(open=True))
            record = step if isinstance(step, Rec) else record
        record.fields[inner[-1]] = as_record(names)

    def _import_outside(self, statement: ir.Import, scope: Scope) -> None:
        self.outside[statement.module] = None
        if statement.name in ("", "default"):
            first = statement.module.split(".")[0]
            whole = statement.alias != first or "/" in statement.module
            scope.names[statement.alias] = Ext(statement.module if whole else first)
        elif statement.name != "*":
            scope.names[statement.alias] = Ext(f"{statement.module}.{statement.name}")


def _restore(scope: Scope, names: dict[str, Value]) -> None:
    """Let names have the values they had."""
    scope.names.clear()
    scope.names.update(names)


def _join(scope: Scope, names: dict[str, Value]) -> None:
    """Let names have the values they have, or those they had another way."""
    for name, value in names.items():
        here = scope.names.get(name)
        if here is not value:
            scope.names[name] = value if here is None else any_of((here, value))


def _widen(scope: Scope, before: dict[str, Value]) -> None:
    """Names whose value the second round changed again may have any."""
    for name, value in scope.names.items():
        if name in before and moving(before[name], value):
            scope.names[name] = UNKNOWN


def _begin_counters(
    scope: Scope, path: Path, there: dict[str, Value], absent: dict[str, Value]
) -> None:
    """A counter that begins where the event carries none, and goes on from it where it does."""
    for name, value in there.items():
        if isinstance(value, Sum) and name in absent:
            number = absent[name]
            if isinstance(number, Num) and begins(value, number, path):
                scope.names[name] = value


def begins(counted: Sum, first: Num, path: Path) -> bool:
    """Whether a count from 0, where there is none, comes to no more than what the code begins with."""
    inside = counted.path.steps[: len(path.steps)] == path.steps
    whole = isinstance(first.value, int) and not isinstance(first.value, bool)
    return inside and whole and 0 < counted.add <= int(first.value or 0)


def _nth(value: Value, place: int) -> Value:
    if isinstance(value, Pieces):
        return value.at(Num(place))
    if isinstance(value, Seq) and place < len(value.items):
        return value.items[place]
    return reading(value, "[]")


__all__ = ["Reader", "TooLarge", "Written"]
