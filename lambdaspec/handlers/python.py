"""Python to the language of `ir`, by the standard library's own parser."""

from __future__ import annotations

import ast
import warnings

from lambdaspec.handlers import ir

_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.Is: "==",
    ast.IsNot: "!=",
}
_ARITH: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mod: "%", ast.Div: "/"}


def read(path: str, text: str) -> ir.Unit:
    """A source file; one that does not parse is a unit with a problem."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in other people's texts
            tree = ast.parse(text, path)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return ir.Unit(path, (), f"{path} does not parse: {str(error)[:80]}")
    try:
        return ir.Unit(path, _body(tree.body))
    except RecursionError:
        return ir.Unit(path, (), f"{path} is nested too deeply")


def _body(statements: list[ast.stmt]) -> tuple[ir.Stmt, ...]:
    found: list[ir.Stmt] = []
    for one in statements:
        found += _statement(one)
    return tuple(found)


def _statement(node: ast.stmt) -> list[ir.Stmt]:
    match node:
        case ast.Assign(targets=targets, value=value):
            return [ir.Assign(_expr(target), _expr(value)) for target in targets]
        case ast.AnnAssign(target=target, value=value) if value is not None:
            return [ir.Assign(_expr(target), _expr(value))]
        case ast.AugAssign(target=target, op=op, value=value):
            sum_ = ir.Arith(_ARITH.get(type(op), "?"), _expr(target), _expr(value))
            return [ir.Assign(_expr(target), sum_)]
        case ast.Expr(value=value):
            return [ir.Do(_expr(value))]
        case ast.If(test=test, body=body, orelse=other):
            return [ir.If(_expr(test), _body(body), _body(other))]
        case (
            ast.For(target=target, iter=over, body=body, orelse=other)
            | ast.AsyncFor(target=target, iter=over, body=body, orelse=other)
        ):
            return [ir.Loop(_expr(target), _expr(over), _body(body)), *_body(other)]
        case ast.While(test=test, body=body, orelse=other):
            inner = ir.If(_expr(test), _body(body))
            return [ir.Loop(None, None, (inner,)), *_body(other)]
        case ast.Return(value=value):
            return [ir.Return(None if value is None else _expr(value))]
        case ast.Raise(exc=value):
            return [ir.Leave(None if value is None else _expr(value))]
        case ast.Continue() | ast.Break():
            return [ir.Leave()]
        case ast.Delete(targets=targets):
            return [ir.Delete(_expr(target)) for target in targets]
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            return [*_entered(items), *_body(body)]
        case ast.Try(body=body, handlers=handlers, orelse=other, finalbody=final):
            rest = [s for handler in handlers for s in _body(handler.body)]
            return [ir.Try(_body([*body, *other]), tuple(rest)), *_body(final)]
        case ast.Match(subject=subject, cases=cases):
            return [ir.Do(_expr(subject)), *(_case(one) for one in cases)]
        case _:
            return _definition(node)


def _case(case: ast.match_case) -> ir.Stmt:
    return ir.If(ir.Opaque(), _body(case.body))


def _entered(items: list[ast.withitem]) -> list[ir.Stmt]:
    found: list[ir.Stmt] = []
    for item in items:
        value = _expr(item.context_expr)
        if item.optional_vars is None:
            found.append(ir.Do(value))
        else:
            found.append(ir.Assign(_expr(item.optional_vars), value))
    return found


def _definition(node: ast.stmt) -> list[ir.Stmt]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            decorators = tuple(map(_expr, node.decorator_list))
            return [ir.Define(node.name, _function(node.args, _body(node.body)), decorators)]
        case ast.ClassDef(name=name, bases=bases, body=body):
            methods = tuple(
                (_method_name(one), _function(one.args, _body(one.body)))
                for one in body
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
            )
            fields = tuple(
                (one.target.id, one.value)
                for statement in _body(
                    [s for s in body if isinstance(s, ast.Assign | ast.AnnAssign)]
                )
                for one in [statement]
                if isinstance(one, ir.Assign) and isinstance(one.target, ir.Name)
            )
            return [ir.Class(name, tuple(map(_expr, bases)), methods, fields)]
        case ast.Import(names=names):
            return [
                ir.Import(one.name, "", one.asname or one.name.split(".")[0])
                if one.asname is None
                else ir.Import(one.name, "", one.asname)
                for one in names
            ]
        case ast.ImportFrom(module=module, names=names, level=level):
            where = "." * level + (module or "")
            return [ir.Import(where, one.name, one.asname or one.name) for one in names]
        case _:
            return []


def _method_name(one: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """A method's name; properties are read like fields."""
    decorators = [ast.unparse(each).rsplit(".", 1)[-1] for each in one.decorator_list]
    read = any(name in ("property", "cached_property") for name in decorators)
    return (ir.GETTER if read else "") + one.name


def _function(args: ast.arguments, body: tuple[ir.Stmt, ...]) -> ir.Closure:
    plain = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(plain) - len(args.defaults)) + list(args.defaults)
    params = [_parameter(arg, default) for arg, default in zip(plain, defaults, strict=True)]
    if args.vararg is not None:
        params.append(ir.Parameter(args.vararg.arg, rest=True))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        params.append(_parameter(arg, default))
    return ir.Closure(tuple(params), body)


def _parameter(arg: ast.arg, default: ast.expr | None) -> ir.Parameter:
    return ir.Parameter(arg.arg, None if default is None else _expr(default))


def _expr(node: ast.expr) -> ir.Expr:
    match node:
        case ast.Constant(value=value):
            known = isinstance(value, str | int | float | bool) or value is None
            return ir.Const(value) if known else ir.Opaque()  # type: ignore[arg-type]
        case ast.Name(id=name):
            return ir.Name(name)
        case ast.Attribute(value=value, attr=name):
            return ir.Member(_expr(value), name)
        case ast.Subscript(value=value, slice=key):
            return ir.Index(_expr(value), _expr(key))
        case ast.Call():
            return _call(node)
        case ast.Dict(keys=keys, values=values):
            fields = [
                ("" if k is None else _key(k), _expr(v)) for k, v in zip(keys, values, strict=True)
            ]
            return ir.Record(tuple(fields))
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return ir.Items(tuple(map(_expr, items)))
        case ast.JoinedStr(values=values):
            return ir.Join(tuple(map(_expr, values)))
        case ast.FormattedValue(value=value) | ast.Await(value=value) | ast.Starred(value=value):
            return _expr(value)
        case ast.NamedExpr(target=target, value=value):
            return ir.Opaque((_expr(value),)) if not isinstance(target, ast.Name) else _expr(value)
        case _:
            return _operation(node)


def _key(node: ast.expr) -> str | ir.Expr:
    return (
        node.value
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        else _expr(node)
    )


def _call(node: ast.Call) -> ir.Expr:
    args = tuple(_expr(arg) for arg in node.args)
    named = tuple((one.arg or "", _expr(one.value)) for one in node.keywords)
    return ir.Call(_expr(node.func), args, node.lineno, named)


def _operation(node: ast.expr) -> ir.Expr:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return ir.Arith(_ARITH.get(type(op), "?"), _expr(left), _expr(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            if isinstance(op, ast.NotIn):
                return ir.Logic("not", (ir.Compare("in", _expr(left), _expr(right)),))
            return ir.Compare(_COMPARE.get(type(op), "?"), _expr(left), _expr(right))
        case ast.BoolOp(op=op, values=values):
            return ir.Logic("and" if isinstance(op, ast.And) else "or", tuple(map(_expr, values)))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ir.Logic("not", (_expr(operand),))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return ir.Const(-value)
        case ast.IfExp(test=test, body=then, orelse=other):
            return ir.Opaque((_expr(test), ir.Either((_expr(then), _expr(other)))))
        case ast.Lambda(args=args, body=body):
            return _function(args, (ir.Return(_expr(body)),))
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return _comprehension(node)
        case _:
            return ir.Opaque(
                tuple(_expr(c) for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr))
            )


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> ir.Expr:
    """`[f(x) for x in xs]` is read as the function of x, called with an item of xs, in a list."""
    inner = _expr(node.value if isinstance(node, ast.DictComp) else node.elt)
    if isinstance(node, ast.DictComp):
        inner = ir.Opaque((_expr(node.key), inner))
    for one in reversed(node.generators):
        body: tuple[ir.Stmt, ...] = (ir.Return(inner),)
        for test in reversed(one.ifs):
            body = (ir.If(_expr(test), body),)
        binding = ir.Assign(_expr(one.target), ir.Index(_expr(one.iter), ir.Opaque()))
        inner = ir.Call(ir.Closure((), (binding, *body)), (), node.lineno)
    return ir.Items((inner,))
