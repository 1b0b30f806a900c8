"""Go to the language of `ir`, by tree-sitter's grammar."""

from __future__ import annotations

from lambdaspec.handlers import ir
from lambdaspec.handlers.trees import Tree, field_of, parse, text


def read(path: str, source: str) -> ir.Unit:
    """A source file: imports, functions, and each struct or method as (a part of) a class."""
    return parse(path, source, "go", _unit)


def _opt(node: Tree | None) -> ir.Expr:
    return ir.Opaque() if node is None else _expr(node)


def _unit(root: Tree) -> tuple[ir.Stmt, ...]:
    return tuple(s for node in root.named_children for s in _top(node))


def _top(node: Tree) -> list[ir.Stmt]:
    match node.type:
        case "import_declaration":
            specs = node.named_children
            if specs and specs[0].type == "import_spec_list":
                specs = specs[0].named_children
            return [_import(one) for one in specs if one.type == "import_spec"]
        case "function_declaration":
            return [ir.Define(text(field_of(node, "name")), _function(node))]
        case "method_declaration":
            return [_method(node)]
        case "type_declaration":
            return [_struct(one) for one in node.named_children if one.type == "type_spec"]
        case _:
            return _statement(node)


def _import(node: Tree) -> ir.Stmt:
    module = text(field_of(node, "path")).strip('"`')
    last = module.rsplit("/", 1)[-1]
    if last.startswith("v") and last[1:].isdigit():
        last = module.rsplit("/", 2)[-2]
    return ir.Import(module, "", text(field_of(node, "name")) or last)


def _method(node: Tree) -> ir.Stmt:
    receiver = (field_of(node, "receiver") or node).named_children[0]
    kind = text(field_of(receiver, "type")).lstrip("*").split("[")[0]
    closure = _function(node)
    name = text(field_of(receiver, "name"))
    if name:
        own = ir.Assign(ir.Name(name), ir.Name("self"))
        closure = ir.Closure(closure.params, (own, *closure.body))
    return ir.Class(kind, (), ((text(field_of(node, "name")), closure),), ())


def _struct(node: Tree) -> ir.Stmt:
    fields: list[tuple[str, ir.Expr]] = []
    kind = field_of(node, "type")
    listed = kind.named_children[0] if kind is not None and kind.named_children else None
    if kind is not None and kind.type == "struct_type" and listed is not None:
        for one in listed.named_children:
            name, of = text(field_of(one, "name")), text(field_of(one, "type"))
            if name:
                fields.append((name, ir.Typed(_client_type(of))))
    return ir.Class(text(field_of(node, "name")), (), (), tuple(fields))


def _client_type(kind: str) -> str:
    """`*sqs.Client` and `sqsiface.SQSAPI` name their service by the package."""
    package, _, name = kind.lstrip("*").partition(".")
    if name == "Client":
        return package.capitalize() + "Client"
    return name.removesuffix("API") if name.endswith("API") else name or kind


def _function(node: Tree) -> ir.Closure:
    params: list[ir.Parameter] = []
    listed = field_of(node, "parameters")
    for one in listed.named_children if listed is not None else ():
        names = [text(c) for c in one.named_children if c.type == "identifier"]
        kind = text(field_of(one, "type"))
        params += [ir.Parameter(name, None, _client_type(kind)) for name in names or ["_"]]
    return ir.Closure(tuple(params), _body(field_of(node, "body")))


def _body(node: Tree | None) -> tuple[ir.Stmt, ...]:
    if node is None:
        return ()
    if node.type in ("block", "statement_list"):
        return tuple(s for child in node.named_children for s in _inside(child))
    return tuple(_statement(node))


def _inside(node: Tree) -> list[ir.Stmt]:
    return list(_body(node)) if node.type == "statement_list" else _statement(node)


def _statement(node: Tree) -> list[ir.Stmt]:
    match node.type:
        case "expression_statement" | "go_statement" | "defer_statement":
            return _effect(node.named_children[0])
        case "short_var_declaration" | "assignment_statement":
            return _assigned(node)
        case "var_declaration" | "const_declaration":
            return [s for one in node.named_children for s in _declared(one)]
        case "return_statement":
            inner = node.named_children
            first = inner[0].named_children[0] if inner and inner[0].named_children else None
            others = inner[0].named_children[1:] if first is not None else []
            return [*(ir.Do(_expr(c)) for c in others), ir.Return(_opt(first))]
        case "if_statement":
            begin = field_of(node, "initializer")
            before = _statement(begin) if begin is not None else []
            test = _opt(field_of(node, "condition"))
            other = _body(field_of(node, "alternative"))
            return [*before, ir.If(test, _body(field_of(node, "consequence")), other)]
        case "for_statement":
            return _loop(node)
        case "expression_switch_statement" | "type_switch_statement" | "select_statement":
            cases = [c for c in node.named_children if c.type.endswith("_case")]
            return [
                ir.If(ir.Opaque(), tuple(s for c in one.named_children for s in _inside(c)))
                for one in cases
            ]
        case "continue_statement" | "break_statement":
            return [ir.Leave()]
        case "block":
            return list(_body(node))
        case "inc_statement" | "dec_statement":
            target = _expr(node.named_children[0])
            op = "+" if node.type == "inc_statement" else "-"
            return [ir.Assign(target, ir.Arith(op, target, ir.Const(1)))]
        case _:
            return []


def _loop(node: Tree) -> list[ir.Stmt]:
    body = _body(field_of(node, "body"))
    for one in node.named_children:
        if one.type == "range_clause":
            left = field_of(one, "left")
            names = left.named_children if left is not None else []
            target = _expr(names[1] if len(names) > 1 else names[0]) if names else None
            return [ir.Loop(target, _opt(field_of(one, "right")), body)]
    return [ir.Loop(None, None, body)]


def _declared(node: Tree) -> list[ir.Stmt]:
    if node.type in ("var_spec_list", "const_spec_list"):
        return [s for one in node.named_children for s in _declared(one)]
    names = [c for c in node.named_children if c.type == "identifier"]
    value, kind = field_of(node, "value"), text(field_of(node, "type"))
    if value is None:
        return [ir.Assign(_expr(name), ir.Typed(_client_type(kind))) for name in names]
    return _pairs(names, value.named_children)


def _assigned(node: Tree) -> list[ir.Stmt]:
    left, right = field_of(node, "left"), field_of(node, "right")
    if left is None or right is None:
        return []
    return _pairs(left.named_children, right.named_children)


def _pairs(names: list[Tree], values: list[Tree]) -> list[ir.Stmt]:
    """Each name its value; of a call that gives several, the first takes what is followed."""
    if len(names) == len(values):
        return [ir.Assign(_expr(n), _expr(v)) for n, v in zip(names, values, strict=True)]
    found: list[ir.Stmt] = [ir.Assign(_expr(names[0]), _expr(values[0]))] if values else []
    return found + [ir.Assign(_expr(name), ir.Opaque()) for name in names[1:]]


def _effect(node: Tree) -> list[ir.Stmt]:
    value = _expr(node)
    return [*_unmarshalled(node), ir.Do(value)]


def _unmarshalled(node: Tree) -> list[ir.Stmt]:
    """`json.Unmarshal(text, &x)` puts the parsed text into x."""
    if node.type != "call_expression" or not text(field_of(node, "function")).endswith(
        "json.Unmarshal"
    ):
        return []
    args = (field_of(node, "arguments") or node).named_children
    if len(args) != 2 or args[1].type != "unary_expression":
        return []
    return [ir.Assign(_expr(args[1].named_children[0]), _expr(node))]


def _expr(node: Tree) -> ir.Expr:
    match node.type:
        case "interpreted_string_literal" | "raw_string_literal":
            return ir.Const(text(node).strip('"`'))
        case "int_literal":
            return ir.Const(int(text(node))) if text(node).isdigit() else ir.Opaque()
        case "true" | "false":
            return ir.Const(node.type == "true")
        case "nil":
            return ir.Const(None)
        case "identifier" | "type_identifier" | "field_identifier":
            return ir.Name(text(node))
        case "selector_expression" | "qualified_type":
            owner = field_of(node, "operand") or field_of(node, "package")
            name = field_of(node, "field") or field_of(node, "name")
            return ir.Member(
                ir.Name(text(owner))
                if owner and owner.type == "package_identifier"
                else _opt(owner),
                text(name),
            )
        case "index_expression":
            return ir.Index(_opt(field_of(node, "operand")), _opt(field_of(node, "index")))
        case "call_expression":
            return _call(node)
        case "composite_literal":
            return _literal(node)
        case "unary_expression" if text(node)[0] in "!-":
            return ir.unary(text(node)[0], _opt(field_of(node, "operand")))
        case (
            "unary_expression"
            | "parenthesized_expression"
            | "type_assertion_expression"
            | "literal_element"
        ):
            return _expr(node.named_children[0]) if node.named_children else ir.Opaque()
        case "type_conversion_expression":
            return _opt(field_of(node, "operand"))
        case "binary_expression":
            return _binary(node)
        case "func_literal":
            return _function(node)
        case _:
            return ir.Opaque(tuple(_expr(c) for c in node.named_children if c.type != "comment"))


def _call(node: Tree) -> ir.Expr:
    callee = field_of(node, "function")
    listed = field_of(node, "arguments")
    args = tuple(
        _expr(a)
        for a in (listed.named_children if listed is not None else ())
        if a.type != "comment"
    )
    line = node.start_point[0] + 1
    if callee is not None and text(callee) in ("[]byte", "string") and len(args) == 1:
        return args[0]
    if (
        callee is not None
        and callee.type == "selector_expression"
        and text(callee).startswith("lambda.Start")
    ):
        return ir.Call(ir.Name("lambda.Start"), args, line)
    if text(callee) == "fmt.Sprintf":
        return ir.Call(ir.Member(args[0], "format"), args[1:], line) if args else ir.Opaque()
    return ir.Call(_opt(callee), args, line)


def _literal(node: Tree) -> ir.Expr:
    kind = field_of(node, "type")
    body = field_of(node, "body")
    pairs: list[tuple[str | ir.Expr, ir.Expr]] = []
    items: list[ir.Expr] = []
    for one in body.named_children if body is not None else ():
        if one.type == "keyed_element":
            key, value = one.named_children[0], one.named_children[-1]
            inner = key.named_children[0] if key.named_children else key
            name: str | ir.Expr = (
                text(inner)
                if inner.type != "interpreted_string_literal"
                else text(inner).strip('"')
            )
            pairs.append((name, _element(value)))
        elif one.type == "literal_element":
            items.append(_element(one))
    if kind is None or kind.type in ("slice_type", "array_type", "implicit_length_array_type"):
        return ir.Items(tuple(items)) if not pairs else ir.Record(tuple(pairs))
    if kind.type == "type_identifier":
        named = tuple((key, value) for key, value in pairs if isinstance(key, str))
        return ir.Call(ir.Name(text(kind)), tuple(items), node.start_point[0] + 1, named, new=True)
    return ir.Record(tuple(pairs), text(kind).rsplit(".", 1)[-1])


def _element(node: Tree) -> ir.Expr:
    inner = (
        node.named_children[0] if node.type == "literal_element" and node.named_children else node
    )
    if inner.type == "literal_value":
        pairs: list[tuple[str | ir.Expr, ir.Expr]] = []
        for one in inner.named_children:
            if one.type == "keyed_element":
                pairs.append(
                    (text(one.named_children[0]).strip('"'), _element(one.named_children[-1]))
                )
        return (
            ir.Record(tuple(pairs), "Input")
            if pairs
            else ir.Items(tuple(map(_element, inner.named_children)))
        )
    return _expr(inner)


def _binary(node: Tree) -> ir.Expr:
    left, right = _opt(field_of(node, "left")), _opt(field_of(node, "right"))
    op = text(field_of(node, "operator"))
    if op in ("&&", "||"):
        return ir.Logic("and" if op == "&&" else "or", (left, right))
    if op in ("==", "!=", "<", "<=", ">", ">="):
        return ir.Compare(op, left, right)
    return ir.Arith(op, left, right)
