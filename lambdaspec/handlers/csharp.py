"""C# to the language of `ir`, by tree-sitter's grammar."""

from __future__ import annotations

from lambdaspec.handlers import ir
from lambdaspec.handlers.trees import Tree, field_of, parse, text

_CLASSES = ("class_declaration", "record_declaration", "struct_declaration")
_SPACES = ("namespace_declaration", "file_scoped_namespace_declaration")
_PLAIN = ("string_content", "string_literal_content", "interpolation_start", "interpolation_brace")


def read(path: str, source: str) -> ir.Unit:
    """A source file: its imports, its namespaces as `Define`s, its classes."""
    return parse(path, source, "csharp", _unit)


def _opt(node: Tree | None) -> ir.Expr:
    return ir.Opaque() if node is None else _expr(node)


def _unit(root: Tree) -> tuple[ir.Stmt, ...]:
    found: list[ir.Stmt] = []
    for node in root.named_children:
        if node.type == "using_directive":
            name = text(node).removeprefix("global ").removeprefix("using").strip(" ;")
            name = name.removeprefix("static ").split("=")[-1].strip()
            found.append(ir.Import(name, "*", ""))
        elif node.type in _SPACES:
            found.append(ir.Define(text(field_of(node, "name")), ir.Closure((), ())))
            body = field_of(node, "body")
            found += _unit(body if body is not None else node)
        elif node.type in _CLASSES:
            found += _classes(node)
    return tuple(found)


def _classes(node: Tree) -> list[ir.Stmt]:
    methods: list[tuple[str, ir.Closure]] = []
    fields: list[tuple[str, ir.Expr]] = []
    inner: list[ir.Stmt] = []
    primary = [c for c in node.named_children if c.type == "parameter_list"]
    for one in (p for listed in primary for p in listed.named_children if p.type == "parameter"):
        fields.append((text(field_of(one, "name")), ir.Typed(text(field_of(one, "type")))))
    for one in (field_of(node, "body") or node).named_children:
        match one.type:
            case "method_declaration" | "constructor_declaration" | "local_function_statement":
                methods.append((text(field_of(one, "name")), _function(one)))
            case "field_declaration":
                for declaration in one.named_children:
                    if declaration.type == "variable_declaration":
                        fields += _variables(declaration)
            case "property_declaration":
                value = field_of(one, "value")
                worth = ir.Typed(text(field_of(one, "type"))) if value is None else _inner(value)
                fields.append((text(field_of(one, "name")), worth))
            case kind if kind in _CLASSES:
                inner += _classes(one)
    bases = [c for c in node.named_children if c.type == "base_list"]
    above = tuple(ir.Name(text(b)) for c in bases for b in c.named_children)
    return [*inner, ir.Class(text(field_of(node, "name")), above, tuple(methods), tuple(fields))]


def _inner(node: Tree) -> ir.Expr:
    return _expr(node.named_children[0]) if node.type == "arrow_expression_clause" else _expr(node)


def _variables(node: Tree) -> list[tuple[str, ir.Expr]]:
    kind = text(field_of(node, "type"))
    found: list[tuple[str, ir.Expr]] = []
    for one in node.named_children:
        if one.type == "variable_declarator":
            name = field_of(one, "name")
            values = [c for c in one.named_children if c != name]
            found.append((text(name), _worth(values[-1], kind) if values else ir.Typed(kind)))
    return found


def _worth(node: Tree, kind: str) -> ir.Expr:
    """What a variable is given; `new()` makes what it is declared as."""
    made = _expr(node)
    if node.type != "implicit_object_creation_expression":
        return made
    listed = [c for c in node.named_children if c.type == "argument_list"]
    args = tuple(_argument(a) for one in listed for a in one.named_children)
    fields = made.fields if isinstance(made, ir.Record) else ()
    named = tuple((name, value) for name, value in fields if isinstance(name, str))
    return ir.Call(ir.Name(kind), args, node.start_point[0] + 1, named, new=True)


def _function(node: Tree) -> ir.Closure:
    params: list[ir.Parameter] = []
    listed = field_of(node, "parameters")
    if listed is not None:
        if listed.type in ("implicit_parameter", "identifier"):
            params = [ir.Parameter(text(listed))]
        for one in listed.named_children:
            if one.type == "parameter":
                params.append(
                    ir.Parameter(text(field_of(one, "name")), None, text(field_of(one, "type")))
                )
    body = field_of(node, "body")
    before: tuple[ir.Stmt, ...] = ()
    for one in node.named_children:
        if one.type == "constructor_initializer":
            args = tuple(_argument(a) for c in one.named_children for a in c.named_children)
            callee = ir.Member(ir.Name("this"), text(field_of(node, "name")))
            before = (ir.Do(ir.Call(callee, args, node.start_point[0] + 1)),)
    if body is None:
        return ir.Closure(tuple(params), before)
    if body.type == "block":
        return ir.Closure(tuple(params), before + _body(body))
    return ir.Closure(tuple(params), (*before, ir.Return(_inner(body))))


def _body(node: Tree | None) -> tuple[ir.Stmt, ...]:
    if node is None:
        return ()
    if node.type == "block":
        return tuple(s for child in node.named_children for s in _statement(child))
    return tuple(_statement(node))


def _statement(node: Tree) -> list[ir.Stmt]:
    match node.type:
        case "expression_statement":
            return _effect(node.named_children[0])
        case "local_declaration_statement" | "using_statement":
            found: list[ir.Stmt] = []
            for one in node.named_children:
                if one.type == "variable_declaration":
                    found += [ir.Assign(ir.Name(n), value) for n, value in _variables(one)]
            return [*found, *_body(field_of(node, "body"))]
        case "return_statement" | "yield_statement":
            inner = node.named_children
            return [ir.Return(_expr(inner[0]) if inner else None)]
        case "if_statement":
            test = _opt(field_of(node, "condition"))
            return [
                ir.If(
                    test, _body(field_of(node, "consequence")), _body(field_of(node, "alternative"))
                )
            ]
        case "foreach_statement":
            target = ir.Name(text(field_of(node, "left")))
            return [ir.Loop(target, _opt(field_of(node, "right")), _body(field_of(node, "body")))]
        case "for_statement" | "while_statement" | "do_statement":
            inner_if = ir.If(_opt(field_of(node, "condition")), _body(field_of(node, "body")))
            return [ir.Loop(None, None, (inner_if,))]
        case "try_statement":
            return _tried(node)
        case "throw_statement":
            return [ir.Leave(_expr(node.named_children[0]) if node.named_children else None)]
        case "continue_statement" | "break_statement":
            return [ir.Leave()]
        case "switch_statement":
            return _switched(node)
        case "local_function_statement":
            return [ir.Define(text(field_of(node, "name")), _function(node))]
        case "block":
            return list(_body(node))
        case _:
            return [s for c in node.named_children if c.type == "block" for s in _body(c)]


def _tried(node: Tree) -> list[ir.Stmt]:
    handlers: list[ir.Stmt] = []
    after: list[ir.Stmt] = []
    for one in node.named_children:
        if one.type == "catch_clause":
            handlers += _body(field_of(one, "body"))
        elif one.type == "finally_clause":
            after += _body(one.named_children[-1])
    return [ir.Try(_body(field_of(node, "body")), tuple(handlers)), *after]


def _switched(node: Tree) -> list[ir.Stmt]:
    found: list[ir.Stmt] = [ir.Do(_opt(field_of(node, "value")))]
    for section in (field_of(node, "body") or node).named_children:
        inner = [s for c in section.named_children for s in _statement(c)]
        found.append(ir.If(ir.Opaque(), tuple(s for s in inner if not isinstance(s, ir.Leave))))
    return found


def _effect(node: Tree) -> list[ir.Stmt]:
    if node.type == "assignment_expression":
        target, value = _opt(field_of(node, "left")), _opt(field_of(node, "right"))
        op = text(field_of(node, "operator"))
        return [ir.Assign(target, ir.Arith(op[0], target, value) if op in ("+=", "-=") else value)]
    written = text(node)
    if node.type.endswith("_unary_expression") and ("++" in written or "--" in written):
        target = _expr(node.named_children[0])
        sign = "+" if "++" in written else "-"
        return [ir.Assign(target, ir.Arith(sign, target, ir.Const(1)))]
    return [ir.Do(_expr(node))]


def _expr(node: Tree) -> ir.Expr:
    match node.type:
        case "string_literal" | "verbatim_string_literal" | "raw_string_literal":
            return ir.Const(text(node).lstrip("@").strip('"'))
        case "integer_literal":
            digits = text(node).rstrip("lLuU").replace("_", "")
            return ir.Const(int(digits)) if digits.isdigit() else ir.Opaque()
        case "boolean_literal":
            return ir.Const(text(node) == "true")
        case "null_literal":
            return ir.Const(None)
        case "identifier" | "this" | "base" | "this_expression" | "base_expression":
            return ir.Name(text(node))
        case "member_access_expression":
            return ir.Member(_opt(field_of(node, "expression")), text(field_of(node, "name")))
        case "conditional_access_expression":
            pieces = node.named_children
            name = text(pieces[-1]).lstrip(".?")
            return (
                ir.Member(_expr(pieces[0]), name)
                if name.isidentifier()
                else ir.Opaque((_expr(pieces[0]),))
            )
        case "element_access_expression":
            keys = (field_of(node, "subscript") or node).named_children
            return ir.Index(
                _opt(field_of(node, "expression")), _argument(keys[0]) if keys else ir.Opaque()
            )
        case "invocation_expression":
            return _call(node)
        case "object_creation_expression" | "implicit_object_creation_expression":
            return _created(node)
        case "initializer_expression" | "array_creation_expression" | "collection_expression":
            return _collected(node)
        case "anonymous_object_creation_expression":
            return ir.Record(tuple(_set(one) for one in node.named_children))
        case "interpolated_string_expression":
            return ir.Join(
                tuple(_piece(c) for c in node.named_children if c.type != "interpolation_start")
            )
        case "lambda_expression" | "anonymous_method_expression":
            return _function(node)
        case "await_expression" | "parenthesized_expression" | "checked_expression":
            return _expr(node.named_children[0])
        case "cast_expression":
            return _opt(field_of(node, "value"))
        case "as_expression":
            return _opt(field_of(node, "left"))
        case _:
            return _operation(node)


def _operation(node: Tree) -> ir.Expr:
    match node.type:
        case "binary_expression":
            left, right = _opt(field_of(node, "left")), _opt(field_of(node, "right"))
            op = text(field_of(node, "operator"))
            if op in ("&&", "||", "??"):
                return ir.Logic("and" if op == "&&" else "or", (left, right))
            if op in ("==", "!=", "<", "<=", ">", ">="):
                return ir.Compare(op, left, right)
            return ir.Arith(op, left, right)
        case "prefix_unary_expression" if text(node)[0] in "!-":
            return ir.unary(text(node)[0], _expr(node.named_children[0]))
        case "conditional_expression":
            both = ir.Either(
                (_opt(field_of(node, "consequence")), _opt(field_of(node, "alternative")))
            )
            return ir.Opaque((_opt(field_of(node, "condition")), both))
        case "assignment_expression":
            return _opt(field_of(node, "right"))
        case _:
            return ir.Opaque(tuple(_expr(c) for c in node.named_children if c.type != "comment"))


def _piece(node: Tree) -> ir.Expr:
    if node.type == "interpolation":
        inner = [c for c in node.named_children if c.type not in _PLAIN]
        return _expr(inner[0]) if inner else ir.Opaque()
    return ir.Const(text(node))


def _argument(node: Tree) -> ir.Expr:
    return (
        _expr(node.named_children[-1])
        if node.type == "argument" and node.named_children
        else _expr(node)
    )


def _call(node: Tree) -> ir.Expr:
    callee, listed = field_of(node, "function"), field_of(node, "arguments")
    args = tuple(_argument(a) for a in (listed.named_children if listed is not None else ()))
    if callee is not None and callee.type == "conditional_access_expression":
        pieces = callee.named_children
        return ir.Call(
            ir.Member(_expr(pieces[0]), text(pieces[-1]).lstrip(".?")),
            args,
            node.start_point[0] + 1,
        )
    return ir.Call(_opt(callee), args, node.start_point[0] + 1)


def _created(node: Tree) -> ir.Expr:
    listed, setting = field_of(node, "arguments"), field_of(node, "initializer")
    args = tuple(_argument(a) for a in (listed.named_children if listed is not None else ()))
    named = [_set(one) for one in (setting.named_children if setting is not None else ())]
    kind = text(field_of(node, "type")).split("<")[0].rsplit(".", 1)[-1]
    if not kind:
        return ir.Record(tuple(named), "Input")
    if kind in ("List", "Dictionary", "HashSet") and setting is not None:
        return _collected(setting)
    given = tuple((key, value) for key, value in named if isinstance(key, str) and key)
    return ir.Call(ir.Name(kind), args, node.start_point[0] + 1, given, new=True)


def _set(node: Tree) -> tuple[str | ir.Expr, ir.Expr]:
    if node.type == "assignment_expression":
        left = field_of(node, "left")
        keys = left.named_children if left is not None else []
        if (
            left is not None
            and left.type in ("element_binding_expression", "bracketed_argument_list")
            and keys
        ):
            return _argument(keys[0]), _opt(field_of(node, "right"))
        return text(left), _opt(field_of(node, "right"))
    return "", _expr(node)


def _collected(node: Tree) -> ir.Expr:
    inner = node.named_children
    if node.type == "array_creation_expression":
        inner = [g for c in inner if c.type == "initializer_expression" for g in c.named_children]
    if inner and all(c.type == "assignment_expression" for c in inner):
        return ir.Record(tuple(_set(one) for one in inner))
    if inner and all(
        c.type == "initializer_expression" and len(c.named_children) == 2 for c in inner
    ):
        return ir.Record(
            tuple((_expr(c.named_children[0]), _expr(c.named_children[1])) for c in inner)
        )
    return ir.Items(tuple(_expr(c) for c in inner))
