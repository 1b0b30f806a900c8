"""Java to the language of `ir`, by tree-sitter's grammar."""

from __future__ import annotations

from lambdaspec.handlers import ir
from lambdaspec.handlers.trees import Tree, field_of, parse, text

_CLASSES = ("class_declaration", "record_declaration", "enum_declaration", "interface_declaration")
_BLOCKS = ("block", "constructor_body", "program", "synchronized_statement", "labeled_statement")


def read(path: str, source: str) -> ir.Unit:
    """A source file: its imports, its package as a `Define`, its classes."""
    return parse(path, source, "java", _unit)


def _opt(node: Tree | None) -> ir.Expr:
    return ir.Opaque() if node is None else _expr(node)


def _unit(root: Tree) -> tuple[ir.Stmt, ...]:
    found: list[ir.Stmt] = []
    for node in root.named_children:
        if node.type == "import_declaration":
            name = text(node).removeprefix("import").strip(" ;").removeprefix("static ").strip()
            found.append(ir.Import(name, "", name.rsplit(".", 1)[-1]))
        elif node.type == "package_declaration":
            name = text(node).removeprefix("package").strip(" ;")
            found.append(ir.Define(name, ir.Closure((), ())))
        elif node.type in _CLASSES:
            found += _classes(node)
    return tuple(found)


def _classes(node: Tree) -> list[ir.Stmt]:
    """A class, and those inside it."""
    methods: list[tuple[str, ir.Closure]] = []
    fields: list[tuple[str, ir.Expr]] = []
    inner: list[ir.Stmt] = []
    static: list[ir.Stmt] = []
    for one in (field_of(node, "body") or node).named_children:
        match one.type:
            case "method_declaration" | "constructor_declaration":
                methods.append((text(field_of(one, "name")), _function(one)))
            case "field_declaration":
                fields += _fields(one)
            case "static_initializer":
                static += [s for c in one.named_children for s in _body(c)]
            case kind if kind in _CLASSES:
                inner += _classes(one)
            case "enum_body_declarations":
                pass
    for assigned in static:
        if isinstance(assigned, ir.Assign) and isinstance(assigned.target, ir.Name):
            fields = [f for f in fields if f[0] != assigned.target.id]
            fields.append((assigned.target.id, assigned.value))
    above = field_of(node, "superclass")
    bases = tuple(ir.Name(text(c)) for c in (above.named_children if above is not None else ()))
    return [*inner, ir.Class(text(field_of(node, "name")), bases, tuple(methods), tuple(fields))]


def _fields(node: Tree) -> list[tuple[str, ir.Expr]]:
    kind = text(field_of(node, "type"))
    found: list[tuple[str, ir.Expr]] = []
    for one in node.named_children:
        if one.type == "variable_declarator":
            value = field_of(one, "value")
            found.append(
                (text(field_of(one, "name")), ir.Typed(kind) if value is None else _expr(value))
            )
    return found


def _function(node: Tree) -> ir.Closure:
    listed = field_of(node, "parameters")
    params: list[ir.Parameter] = []
    if listed is not None:
        if listed.type == "identifier":
            params = [ir.Parameter(text(listed))]
        for one in listed.named_children:
            if one.type in ("formal_parameter", "spread_parameter", "receiver_parameter"):
                params.append(
                    ir.Parameter(text(field_of(one, "name")), None, text(field_of(one, "type")))
                )
            elif one.type == "identifier":
                params.append(ir.Parameter(text(one)))
    body = field_of(node, "body")
    if body is None:
        return ir.Closure(tuple(params), ())
    if body.type in _BLOCKS:
        return ir.Closure(tuple(params), _body(body))
    return ir.Closure(tuple(params), (ir.Return(_expr(body)),))


def _constructor(node: Tree) -> ir.Expr:
    """A constructor that is called by another one (`this(...)`), by the name of its class."""
    owner: Tree | None = node
    while owner is not None and owner.type != "class_declaration":
        owner = owner.parent
    given = field_of(node, "arguments")
    args = tuple(_expr(c) for c in (given.named_children if given is not None else ()))
    if owner is None or text(field_of(node, "constructor")) != "this":
        return ir.Opaque(args)
    callee = ir.Member(ir.Name("this"), text(field_of(owner, "name")))
    return ir.Call(callee, args, node.start_point[0] + 1)


def _body(node: Tree | None) -> tuple[ir.Stmt, ...]:
    if node is None:
        return ()
    if node.type in _BLOCKS:
        return tuple(s for child in node.named_children for s in _statement(child))
    return tuple(_statement(node))


def _statement(node: Tree) -> list[ir.Stmt]:
    match node.type:
        case "expression_statement":
            return _effect(node.named_children[0])
        case "explicit_constructor_invocation":
            return [ir.Do(_constructor(node))]
        case "local_variable_declaration":
            return [ir.Assign(ir.Name(name), value) for name, value in _fields(node)]
        case "return_statement" | "yield_statement":
            inner = [c for c in node.named_children if "comment" not in c.type]
            return [ir.Return(_expr(inner[0]) if inner else None)]
        case "if_statement":
            test = _opt(field_of(node, "condition"))
            return [
                ir.If(
                    test, _body(field_of(node, "consequence")), _body(field_of(node, "alternative"))
                )
            ]
        case "enhanced_for_statement":
            target = ir.Name(text(field_of(node, "name")))
            return [ir.Loop(target, _opt(field_of(node, "value")), _body(field_of(node, "body")))]
        case "for_statement":
            first = field_of(node, "init")
            begin = _statement(first) if first is not None else []
            return [*begin, ir.Loop(None, None, _body(field_of(node, "body")))]
        case "while_statement" | "do_statement":
            inner_if = ir.If(_opt(field_of(node, "condition")), _body(field_of(node, "body")))
            return [ir.Loop(None, None, (inner_if,))]
        case "try_statement" | "try_with_resources_statement":
            return _tried(node)
        case "throw_statement":
            return [ir.Leave(_expr(node.named_children[0]))]
        case "continue_statement" | "break_statement":
            return [ir.Leave()]
        case "switch_expression" | "switch_statement":
            return _switched(node)
        case kind if kind in _BLOCKS:
            return list(_body(node))
        case kind if kind in _CLASSES:
            return _classes(node)
        case _:
            return []


def _tried(node: Tree) -> list[ir.Stmt]:
    found: list[ir.Stmt] = []
    resources = field_of(node, "resources")
    for one in resources.named_children if resources is not None else ():
        value = field_of(one, "value")
        if value is not None:
            found.append(ir.Assign(ir.Name(text(field_of(one, "name"))), _expr(value)))
    handlers: list[ir.Stmt] = []
    after: list[ir.Stmt] = []
    for one in node.named_children:
        if one.type == "catch_clause":
            handlers += _body(field_of(one, "body"))
        elif one.type == "finally_clause":
            after += _body(one.named_children[-1])
    return [*found, ir.Try(_body(field_of(node, "body")), tuple(handlers)), *after]


def _switched(node: Tree) -> list[ir.Stmt]:
    found: list[ir.Stmt] = [ir.Do(_opt(field_of(node, "condition")))]
    for group in (field_of(node, "body") or node).named_children:
        inner = [s for c in group.named_children for s in _statement(c)]
        found.append(ir.If(ir.Opaque(), tuple(s for s in inner if not isinstance(s, ir.Leave))))
    return found


def _effect(node: Tree) -> list[ir.Stmt]:
    if node.type == "assignment_expression":
        target, value = _opt(field_of(node, "left")), _opt(field_of(node, "right"))
        op = text(field_of(node, "operator"))
        return [ir.Assign(target, ir.Arith(op[0], target, value) if op != "=" else value)]
    if node.type == "update_expression":
        target = _opt(node.named_children[0])
        op = "+" if "++" in text(node) else "-"
        return [ir.Assign(target, ir.Arith(op, target, ir.Const(1)))]
    return _switched(node) if node.type == "switch_expression" else [ir.Do(_expr(node))]


def _expr(node: Tree) -> ir.Expr:
    match node.type:
        case "string_literal":
            return ir.Const(text(node).strip('"'))
        case "decimal_integer_literal":
            digits = text(node).rstrip("lL").replace("_", "")
            return ir.Const(int(digits)) if digits.isdigit() else ir.Opaque()
        case "true" | "false":
            return ir.Const(node.type == "true")
        case "null_literal":
            return ir.Const(None)
        case "identifier" | "this" | "super" | "type_identifier" | "scoped_type_identifier":
            return ir.Name(text(node))
        case "field_access":
            return ir.Member(_opt(field_of(node, "object")), text(field_of(node, "field")))
        case "array_access":
            return ir.Index(_opt(field_of(node, "array")), _opt(field_of(node, "index")))
        case "method_invocation":
            return _call(node)
        case "object_creation_expression":
            args = _arguments(field_of(node, "arguments"))
            kind = text(field_of(node, "type")).split("<")[0]
            return ir.Call(ir.Name(kind), args, node.start_point[0] + 1, new=True)
        case "lambda_expression":
            return _function(node)
        case "parenthesized_expression" | "await_expression":
            return _expr(node.named_children[0])
        case "cast_expression":
            return _opt(field_of(node, "value"))
        case "binary_expression":
            return _binary(node)
        case "unary_expression":
            return ir.unary(text(field_of(node, "operator")), _opt(field_of(node, "operand")))
        case "ternary_expression":
            both = ir.Either(
                (_opt(field_of(node, "consequence")), _opt(field_of(node, "alternative")))
            )
            return ir.Opaque((_opt(field_of(node, "condition")), both))
        case "assignment_expression":
            return _opt(field_of(node, "right"))
        case "method_reference":
            pieces = node.named_children
            return ir.Member(_expr(pieces[0]), text(pieces[-1])) if len(pieces) > 1 else ir.Opaque()
        case _:
            return ir.Opaque(
                tuple(_expr(c) for c in node.named_children if "comment" not in c.type)
            )


def _arguments(node: Tree | None) -> tuple[ir.Expr, ...]:
    found = node.named_children if node is not None else ()
    return tuple(_expr(one) for one in found if "comment" not in one.type)


def _call(node: Tree) -> ir.Expr:
    owner, name = field_of(node, "object"), text(field_of(node, "name"))
    args = _arguments(field_of(node, "arguments"))
    line = node.start_point[0] + 1
    if owner is None:
        return ir.Call(ir.Name(name), args, line)
    if name in ("equalsIgnoreCase", "equals") and len(args) == 1:
        return ir.Compare("==", _expr(owner), args[0])
    if name in ("builder", "create", "standard", "defaultClient"):
        kind = text(owner).split("<")[0].removesuffix("Builder")
        return ir.Call(ir.Name(kind.rsplit(".", 1)[-1]), args, line, new=True)
    return ir.Call(ir.Member(_expr(owner), name), args, line)


def _binary(node: Tree) -> ir.Expr:
    left, right = _opt(field_of(node, "left")), _opt(field_of(node, "right"))
    op = text(field_of(node, "operator"))
    if op in ("&&", "||"):
        return ir.Logic("and" if op == "&&" else "or", (left, right))
    if op in ("==", "!=", "<", "<=", ">", ">="):
        return ir.Compare(op, left, right)
    return ir.Arith(op, left, right)
