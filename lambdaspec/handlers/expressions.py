"""The second part of the interpreter: what expressions may be."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define

from lambdaspec.handlers import ir
from lambdaspec.handlers.builtins import called_outside, method, reading
from lambdaspec.handlers.calls import MOST_STEPS, Calls, Frame, TooLarge, typed
from lambdaspec.handlers.guards import asks, tested
from lambdaspec.handlers.values import (
    UNKNOWN,
    Bound,
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
    Str,
    Sum,
    Test,
    Value,
    alternatives,
    any_of,
    joined,
    literal,
)

MOST_OWNERS = 6
"""Classes that have a method of one name, for a call on something of which nothing is known."""


@define
class Expressions(Calls):
    """Evaluates expressions."""

    def value(self, node: ir.Expr) -> Value:
        """What an expression may be."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooLarge
        match node:
            case ir.Const(value=value):
                return Str((value,)) if isinstance(value, str) else Num(value)
            case ir.Name(id=name):
                return self.memory.current(self._named(name))
            case ir.Member(of=of, name=name):
                return self.memory.current(self._read(self.value(of), name))
            case ir.Index(of=of, key=key):
                owner = self.value(of)
                if isinstance(owner, Pieces):
                    return owner.at(self.value(key))
                return self.memory.current(self._read(owner, self._key(key)))
            case ir.Call():
                return self._asked(node) if asks(node) else self._call(node)
            case ir.Record():
                return self._record(node)
            case ir.Items(items=items):
                written = all(isinstance(one, ir.Const) for one in items)
                return Seq([self.value(one) for one in items], whole=written)
            case ir.Join(parts=parts):
                return joined(self.value(one) for one in parts)
            case ir.Arith():
                return self._sum(node)
            case ir.Logic():
                return self._logic(node)
            case ir.Either(items=items):
                return any_of([self.value(one) for one in items])
            case ir.Compare():
                return self._comparison(node)
            case ir.Closure():
                return Fn(node, self.frames[-1].scope, self.frames[-1].this)
            case ir.Typed(type=kind):
                return typed(kind)
            case ir.Opaque(parts=parts):
                return [UNKNOWN, *(self.value(one) for one in parts)][-1]

    def _logic(self, node: ir.Logic) -> Value:
        """`not`, `and`, `or`: a test, or one of the values, as most languages have it."""
        found = [self.value(one) for one in node.items]
        if node.op == "not" or any(isinstance(one, Test) for one in found):
            return tested(node, self.value)
        return any_of(found) if node.op == "or" else [UNKNOWN, *found][-1]

    def _comparison(self, node: ir.Compare) -> Value:
        found = {id(one): self.value(one) for one in (node.left, node.right)}
        return tested(node, self._unless(found))

    def _asked(self, node: ir.Call) -> Value:
        """A call that tests a text or record: its parts are read once, by the call."""
        found: dict[int, Value] = {}
        made = self._call(node, found)
        asked = tested(node, self._unless(found))
        return asked if isinstance(asked, Test) else made

    def _unless(self, found: dict[int, Value]) -> Callable[[ir.Expr], Value]:
        """The value of an expression, unless it was found already."""
        return lambda one: found[id(one)] if id(one) in found else self.value(one)

    def _named(self, name: str) -> Value:
        if name in ("self", "this", "super") and self.frames[-1].this is not UNKNOWN:
            return self.frames[-1].this
        found = self.frames[-1].scope.find(name)
        if found is not None:
            return found
        this = self.frames[-1].this
        if isinstance(this, Inst):  # Java and C# leave `this.` out
            if name in this.fields:
                return this.fields[name]
            function = self.method(this, name)
            if function is not None:
                return function
        return Ext(name)

    def _key(self, node: ir.Expr) -> str:
        value = self.value(node)
        text = literal(value)
        if text is not None:
            return text
        return "[]" if isinstance(value, Num) or not isinstance(value, Str) else "?"

    def _read(self, owner: Value, name: str) -> Value:
        return any_of(self._member(one, name) for one in alternatives(owner))

    def _member(self, owner: Value, name: str) -> Value:
        match owner:
            case Inst():
                if name in owner.fields:
                    return owner.fields[name]
                getter = self.method(owner, ir.GETTER + name)
                if getter is not None:
                    return self.call(getter, [], ())
                return self.method(owner, name) or Bound(owner, name)
            case Klass():
                for known, closure in owner.definition.methods:
                    if known == name:
                        of_class = closure.params[:1] and closure.params[0].name == "cls"
                        return Fn(closure, owner.scope, owner if of_class else UNKNOWN)
                for known, value in owner.definition.fields:
                    if known == name:
                        self.frames.append(Frame(Scope(outer=owner.scope), UNKNOWN))
                        made = self.value(value)
                        self.frames.pop()
                        return made
                return UNKNOWN
            case _:
                return reading(owner, name)

    def _call(self, node: ir.Call, found: dict[int, Value] | None = None) -> Value:
        """A call; the values of its parts are left in `found`, by the parts' identity."""
        found = {} if found is None else found
        args = [self.value(one) for one in node.args]
        found.update((id(part), one) for part, one in zip(node.args, args, strict=True))
        named = [(name, self.value(one)) for name, one in node.named]
        if isinstance(node.callee, ir.Member):
            owner = found[id(node.callee.of)] = self.value(node.callee.of)
            return any_of(
                self._on(one, node.callee.name, args, named, node.line)
                for one in alternatives(owner)
            )
        callee = self.value(node.callee)
        if isinstance(callee, Ext) and callee.path == "lambda.Start":
            for one in (entry for value in args for entry in alternatives(value)):
                params = len(one.closure.params) if isinstance(one, Fn) else 0
                given: list[Value] = [Context(), Rec(base=Path())]
                self.call(one, given[2 - params :] if params else [], ())
            return UNKNOWN
        if isinstance(callee, Ext) and callee.path == "require" and args:
            return self._required(literal(args[0]) or "?")
        if node.new and isinstance(callee, Ext):
            self.note(answer := called_outside(callee, args, named, new=True), node.line)
            self.hand_over(args)
            return answer.value
        return self.call(callee, args, named, node.line)

    def _on(
        self, owner: Value, name: str, args: list[Value], named: list[tuple[str, Value]], line: int
    ) -> Value:
        """A method call."""
        if isinstance(owner, Fn) and name in ("bind", "call", "apply"):
            this = args[0] if args and args[0] is not UNKNOWN else owner.this
            bound = Fn(owner.closure, owner.scope, this)
            if name == "bind":
                return bound
            rest = args[1:] if name == "call" else [reading(a, "[]") for a in args[1:2]]
            return self.call(bound, rest, (), line)
        of_event = isinstance(owner, Path) or (isinstance(owner, Rec) and name not in owner.fields)
        member = Bound(owner, name) if of_event else self._member(owner, name)
        if not isinstance(member, Bound):
            return self.call(member, args, named, line)
        if member.of is UNKNOWN and name in self.owners:
            return self._of_anything(name, args, named, line)
        answer = method(owner, name, args, named)
        self.note(answer, line)
        if answer.value is UNKNOWN or answer.calls_back:
            self.hand_over_operations(args, named, line)
            item = reading(owner, "[]") if isinstance(owner, Seq | Path) else None
            for value in [*args, *(v for _, v in named)]:
                for one in alternatives(value):
                    if isinstance(one, Fn):
                        given = [Path(("?",)) if item is None else item] + [UNKNOWN] * 2
                        if name == "reduce":
                            given = [UNKNOWN, *given]
                        made = self.inlined(one, given[: len(one.closure.params)], ())
                        if name in ("map", "then", "flatMap"):
                            return Seq([made]) if name != "then" else made
        return answer.value

    def _of_anything(
        self, name: str, args: list[Value], named: list[tuple[str, Value]], line: int
    ) -> Value:
        """A method of something of which nothing is known: it may be any that the package has."""
        known = self.owners[name]
        if len(known) > MOST_OWNERS:
            self.doubts[f"{self.path}:{line}: whose `{name}` is called is not known"] = None
            return UNKNOWN
        found = []
        for klass in known:
            if sum(closure in self.stack for _, closure in klass.definition.methods):
                continue  # it is being read already
            owner = self.call(klass, [], ())
            made = self.method(owner, name) if isinstance(owner, Inst) else None
            found += [] if made is None else [self.call(made, args, named, line)]
        return any_of(found)

    def _required(self, module: str) -> Value:
        found = self.load(self.path, module)
        if found is None:
            self.outside[module] = None
            return Ext(module)
        scope = self.module(*found)
        return scope.names.get("default") or as_record(scope)

    def _record(self, node: ir.Record) -> Value:
        made = Rec(kind=node.kind)
        for key, inner in node.fields:
            value = self.value(inner)
            if key == "":
                for one in alternatives(value):
                    if isinstance(one, Rec):
                        made.fields.update(one.fields)
                        made.open |= one.open
                        made.base = one.base or made.base
                    elif isinstance(one, Path):
                        made.base = one
                    else:
                        made.open = True
                continue
            which = Str((key,)) if isinstance(key, str) else self.value(key)
            name = literal(which)
            if name is not None:
                made.fields[name] = value
            elif isinstance(which, Str):
                made.keys.append(which)
            else:
                made.open = True
        return made

    def _sum(self, node: ir.Arith) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if node.op == "%" and isinstance(left, Str):
            return joined([UNKNOWN])
        sign = {"+": 1, "-": -1}.get(node.op)
        if sign is None:
            return UNKNOWN
        match left, right:
            case Num(value=int() as a), Num(value=int() as b):
                return Num(a + sign * b)
            case (Path() as path, Num(value=int() as b)):
                return Sum(path, sign * b)
            case Num(value=int() as a), Path() as path if sign == 1:
                return Sum(path, a)
            case (Sum(path=path, add=add), Num(value=int() as b)):
                return Sum(path, add + sign * b)
            case (Seq() as a, Seq() as b):
                return Seq([*a.items, *b.items])
        texts = (Str, Path)
        if sign == 1 and (isinstance(left, Str) or isinstance(right, Str)):
            return joined((left, right))
        if sign == 1 and isinstance(left, texts) and isinstance(right, texts):
            return joined((left, right))
        counted = [one for one in alternatives(left) if isinstance(one, Path)]
        if len(counted) == 1 and isinstance(right, Num) and isinstance(right.value, int):
            return Sum(counted[0], sign * right.value)
        return UNKNOWN


def as_record(scope: Scope) -> Rec:
    """A module as a record: the same names, now and later."""
    return Rec(scope.names)
