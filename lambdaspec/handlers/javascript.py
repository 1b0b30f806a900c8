"""JavaScript and TypeScript to the language of `ir`, by tree-sitter's grammars."""

from __future__ import annotations

from lambdaspec.handlers import ir
from lambdaspec.handlers.trees import Tree, field_of, parse, text, tree_of

_LEAVE = ("throw_statement", "continue_statement", "break_statement")
_WRAPPERS = (
    "await_expression",
    "parenthesized_expression",
    "as_expression",
    "non_null_expression",
    "satisfies_expression",
    "spread_element",
    "type_assertion",
    "export_statement",
)


def read(path: str, source: str) -> ir.Unit:
    """A source file; where the grammar finds an error, a unit with a problem."""
    if path.endswith((".ts", ".mts", ".cts")):
        grammar = "typescript"
    else:
        grammar = "tsx" if path.endswith(".tsx") else "javascript"
    return parse(path, source, grammar, _body)


def _body(node: Tree | None) -> tuple[ir.Stmt, ...]:
    if node is None:
        return ()
    if node.type not in ("program", "statement_block", "class_static_block"):
        return tuple(_statement(node))
    return tuple(one for child in node.named_children for one in _statement(child))


def _opt(node: Tree | None) -> ir.Expr:
    return ir.Opaque() if node is None else _expr(node)


def _statement(node: Tree) -> list[ir.Stmt]:
    match node.type:
        case "expression_statement":
            return _effects(node.named_children[0]) if node.named_children else []
        case "lexical_declaration" | "variable_declaration":
            return [s for one in node.named_children for s in _declared(one)]
        case "return_statement":
            return [ir.Return(_expr(node.named_children[0]) if node.named_children else None)]
        case "if_statement":
            other = field_of(node, "alternative")
            otherwise = _body(other.named_children[0]) if other and other.named_children else ()
            return [
                ir.If(
                    _opt(field_of(node, "condition")),
                    _body(field_of(node, "consequence")),
                    otherwise,
                )
            ]
        case "for_in_statement":
            left = field_of(node, "left")
            target = None if left is None else _pattern(left)
            return [ir.Loop(target, _opt(field_of(node, "right")), _body(field_of(node, "body")))]
        case "for_statement":
            first = field_of(node, "initializer")
            begin = _statement(first) if first is not None else []
            return [*begin, ir.Loop(None, None, _body(field_of(node, "body")))]
        case "while_statement" | "do_statement":
            inner = ir.If(_opt(field_of(node, "condition")), _body(field_of(node, "body")))
            return [ir.Loop(None, None, (inner,))]
        case "try_statement":
            return _tried(node)
        case "switch_statement":
            return _switched(node)
        case kind if kind in _LEAVE:
            value = _expr(node.named_children[0]) if node.type == "throw_statement" else None
            return [ir.Leave(value)]
        case _:
            return _definition(node)


def _tried(node: Tree) -> list[ir.Stmt]:
    handler, final = field_of(node, "handler"), field_of(node, "finalizer")
    caught = _body(field_of(handler, "body")) if handler is not None else ()
    after = _body(field_of(final, "body") or final.named_children[-1]) if final is not None else ()
    return [ir.Try(_body(field_of(node, "body")), caught), *after]


def _switched(node: Tree) -> list[ir.Stmt]:
    found: list[ir.Stmt] = [ir.Do(_opt(field_of(node, "value")))]
    for case in (field_of(node, "body") or node).named_children:
        inner = [
            s for c in case.named_children if c != field_of(case, "value") for s in _statement(c)
        ]
        found.append(ir.If(ir.Opaque(), tuple(s for s in inner if not isinstance(s, ir.Leave))))
    return found


def _effects(node: Tree) -> list[ir.Stmt]:
    match node.type:
        case "assignment_expression":
            target, value = _opt(field_of(node, "left")), _opt(field_of(node, "right"))
            return [ir.Assign(target, value)]
        case "augmented_assignment_expression":
            left = _opt(field_of(node, "left"))
            op = text(field_of(node, "operator")).rstrip("=")
            right = _opt(field_of(node, "right"))
            joined: ir.Expr = (
                ir.Either((left, right)) if op in ("||", "??") else ir.Arith(op, left, right)
            )
            return [ir.Assign(left, joined)]
        case "update_expression":
            target = _opt(field_of(node, "argument"))
            op = text(field_of(node, "operator"))[:1]
            return [ir.Assign(target, ir.Arith(op, target, ir.Const(1)))]
        case "unary_expression" if text(field_of(node, "operator")) == "delete":
            return [ir.Delete(_opt(field_of(node, "argument")))]
        case "sequence_expression":
            return [s for one in node.named_children for s in _effects(one)]
        case _:
            return [ir.Do(_expr(node))]


def _declared(node: Tree) -> list[ir.Stmt]:
    name, value = field_of(node, "name"), field_of(node, "value")
    if node.type != "variable_declarator" or name is None:
        return []
    kind = _type_of(node)
    worth: ir.Expr = _expr(value) if value is not None else ir.Typed(kind)
    return [ir.Assign(_pattern(name), worth)]


def _type_of(node: Tree) -> str:
    return text(field_of(node, "type")).lstrip(": ").strip()


def _definition(node: Tree) -> list[ir.Stmt]:
    match node.type:
        case "function_declaration" | "generator_function_declaration":
            return [ir.Define(text(field_of(node, "name")), _function(node))]
        case "class_declaration" | "abstract_class_declaration" | "class":
            return [_class(node)]
        case "import_statement":
            return _imports(node)
        case "export_statement":
            return _exported(node)
        case "statement_block" | "labeled_statement" | "else_clause":
            return [s for child in node.named_children for s in _statement(child)]
        case "comment" | "interface_declaration" | "type_alias_declaration" | "hash_bang_line":
            return []
        case _:
            return _effects(node) if node.is_named and node.type.endswith("expression") else []


def _exported(node: Tree) -> list[ir.Stmt]:
    declaration = field_of(node, "declaration")
    source = field_of(node, "source")
    if declaration is not None:
        found = _statement(declaration)
        if any(child.type == "default" for child in node.children):
            names = [s.name for s in found if isinstance(s, ir.Define | ir.Class)]
            found += [ir.Assign(ir.Name("default"), ir.Name(name)) for name in names[:1]]
        return found
    if source is not None:
        module = text(source).strip("'\"`")
        listed = [
            s for c in node.named_children if c.type == "export_clause" for s in c.named_children
        ]
        if not listed:
            return [ir.Import(module, "*", "*")]
        return [_imported(module, clause) for clause in listed]
    value = field_of(node, "value")
    if value is not None:
        return [ir.Assign(ir.Name("default"), _expr(value))]
    found = []
    for clause in node.named_children:
        for one in clause.named_children if clause.type == "export_clause" else ():
            name, alias = field_of(one, "name"), field_of(one, "alias")
            if alias is not None:
                found.append(ir.Assign(ir.Name(text(alias)), ir.Name(text(name))))
    return found


def _imported(module: str, node: Tree) -> ir.Import:
    name, alias = text(field_of(node, "name")), text(field_of(node, "alias"))
    return ir.Import(module, name, alias or name)


def _imports(node: Tree) -> list[ir.Stmt]:
    module = text(field_of(node, "source")).strip("'\"`")
    if any(child.type == "type" for child in node.children):
        return []
    found: list[ir.Stmt] = []
    for clause in node.named_children:
        if clause.type != "import_clause":
            continue
        for one in clause.named_children:
            match one.type:
                case "identifier":
                    found.append(ir.Import(module, "default", text(one)))
                case "namespace_import":
                    found.append(ir.Import(module, "", text(one.named_children[0])))
                case "named_imports":
                    found += [_imported(module, each) for each in one.named_children]
    return found or [ir.Import(module, "", "")]


def _class(node: Tree) -> ir.Stmt:
    methods: list[tuple[str, ir.Closure]] = []
    fields: list[tuple[str, ir.Expr]] = []
    for one in (field_of(node, "body") or node).named_children:
        name = text(field_of(one, "name") or field_of(one, "property"))
        match one.type:
            case "method_definition":
                getter = any(child.type == "get" for child in one.children)
                methods.append(((ir.GETTER if getter else "") + name, _function(one)))
            case "field_definition" | "public_field_definition":
                value = field_of(one, "value")
                worth = ir.Typed(_type_of(one)) if value is None else _expr(value)
                fields.append((name, worth))
    bases = [
        _expr(e)
        for c in node.named_children
        if c.type == "class_heritage"
        for e in c.named_children
    ]
    return ir.Class(text(field_of(node, "name")), tuple(bases), tuple(methods), tuple(fields))


def _function(node: Tree) -> ir.Closure:
    one = field_of(node, "parameter")
    params = [_parameter(one)] if one is not None else []
    listed = field_of(node, "parameters")
    params += [_parameter(p) for p in (listed.named_children if listed is not None else ())]
    body = field_of(node, "body")
    if body is None:
        return ir.Closure(tuple(params), ())
    statements = _body(body) if body.type == "statement_block" else (ir.Return(_expr(body)),)
    return ir.Closure(tuple(params), statements)


def _parameter(node: Tree) -> ir.Parameter:
    kind = _type_of(node)
    default = field_of(node, "value") or field_of(node, "right")
    inner = field_of(node, "pattern") or field_of(node, "left") or node
    rest = inner.type == "rest_pattern"
    if rest and inner.named_children:
        inner = inner.named_children[0]
    worth = None if default is None else _expr(default)
    if inner.type in ("identifier", "this"):
        return ir.Parameter(text(inner), worth, kind, rest=rest)
    return ir.Parameter("", worth, kind, _pattern(inner), rest)


def _pattern(node: Tree) -> ir.Expr:
    match node.type:
        case "object_pattern":
            return ir.Record(tuple(_taken(one) for one in node.named_children))
        case "array_pattern":
            return ir.Items(tuple(_pattern(one) for one in node.named_children))
        case "assignment_pattern" | "object_assignment_pattern":
            return _pattern(field_of(node, "left") or node.named_children[0])
        case "rest_pattern":
            return _pattern(node.named_children[0])
        case "shorthand_property_identifier_pattern":
            return ir.Name(text(node))
        case "lexical_declaration" | "variable_declaration":
            return _pattern(field_of(node.named_children[0], "name") or node.named_children[0])
        case _:
            return _expr(node)


def _taken(node: Tree) -> tuple[str | ir.Expr, ir.Expr]:
    match node.type:
        case "pair_pattern":
            return text(field_of(node, "key")).strip("'\""), _pattern(
                field_of(node, "value") or node
            )
        case "rest_pattern":
            return "", _pattern(node)
        case _:
            target = _pattern(node)
            return (target.id if isinstance(target, ir.Name) else ""), target


def _expr(node: Tree) -> ir.Expr:
    match node.type:
        case "regex":
            source = ir.Const(text(field_of(node, "pattern")))
            flags = ir.Const(text(field_of(node, "flags")))
            return ir.Record((("source", source), ("flags", flags)), "RegExp")
        case "string":
            return ir.Const(_unquoted(node))
        case "number":
            return _number(text(node))
        case "true" | "false":
            return ir.Const(node.type == "true")
        case "null" | "undefined":
            return ir.Const(None)
        case (
            "identifier"
            | "this"
            | "super"
            | "shorthand_property_identifier"
            | "property_identifier"
        ):
            return ir.Name(text(node))
        case "member_expression":
            return ir.Member(_opt(field_of(node, "object")), text(field_of(node, "property")))
        case "subscript_expression":
            return ir.Index(_opt(field_of(node, "object")), _opt(field_of(node, "index")))
        case "call_expression":
            return _call(node, field_of(node, "function"), new=False)
        case "new_expression":
            return _call(node, field_of(node, "constructor"), new=True)
        case "object":
            return ir.Record(
                tuple(_entry(one) for one in node.named_children if one.type != "comment")
            )
        case "array":
            return ir.Items(tuple(_expr(one) for one in node.named_children))
        case "template_string":
            return ir.Join(tuple(_piece(one) for one in node.named_children))
        case "arrow_function" | "function_expression" | "generator_function" | "function":
            return _function(node)
        case kind if kind in _WRAPPERS and node.named_children:
            return _expr(node.named_children[0])
        case _:
            return _operation(node)


def _unquoted(node: Tree) -> str:
    return "".join(text(one) for one in node.named_children)


def _number(written: str) -> ir.Expr:
    try:
        return ir.Const(int(written.rstrip("n").replace("_", ""), 0))
    except ValueError:
        return ir.Opaque()


def _piece(node: Tree) -> ir.Expr:
    if node.type == "template_substitution" and node.named_children:
        return _expr(node.named_children[0])
    return ir.Const(text(node))


def _entry(node: Tree) -> tuple[str | ir.Expr, ir.Expr]:
    match node.type:
        case "pair":
            key = field_of(node, "key")
            if key is not None and key.type == "computed_property_name":
                return _expr(key.named_children[0]), _opt(field_of(node, "value"))
            return text(key).strip("'\""), _opt(field_of(node, "value"))
        case "shorthand_property_identifier":
            return text(node), ir.Name(text(node))
        case "spread_element":
            return "", _expr(node.named_children[0])
        case "method_definition":
            return text(field_of(node, "name")), _function(node)
        case _:
            return "", ir.Opaque()


def _call(node: Tree, callee: Tree | None, *, new: bool) -> ir.Expr:
    listed = field_of(node, "arguments")
    if listed is not None and listed.type == "template_string":
        return ir.Opaque((_opt(callee), _expr(listed)))
    args = tuple(_expr(a) for a in (listed.named_children if listed else ()) if a.type != "comment")
    line = node.start_point[0] + 1
    if callee is not None and callee.type == "import" and args:
        return ir.Call(ir.Name("require"), args, line)
    return ir.Call(_opt(callee), args, line, new=new)


def _operation(node: Tree) -> ir.Expr:
    left, right = field_of(node, "left"), field_of(node, "right")
    if node.type == "binary_expression" and left is not None and right is not None:
        op = text(field_of(node, "operator"))
        a, b = _expr(left), _expr(right)
        match op:
            case "&&" | "||" | "??":
                return ir.Logic("and" if op == "&&" else "or", (a, b))
            case "===" | "==" | "!==" | "!=":
                return ir.Compare(op[:2], a, b)
            case "<" | "<=" | ">" | ">=":
                return ir.Compare(op, a, b)
        return ir.Arith(op, a, b)
    if node.type == "unary_expression":
        return ir.unary(text(field_of(node, "operator")), _opt(field_of(node, "argument")))
    if node.type == "ternary_expression":
        both = ir.Either((_opt(field_of(node, "consequence")), _opt(field_of(node, "alternative"))))
        return ir.Opaque((_opt(field_of(node, "condition")), both))
    if node.type in ("assignment_expression", "augmented_assignment_expression"):
        return ir.Opaque((_opt(right),)) if left is None else _opt(right)
    return ir.Opaque(tuple(map(_expr, node.named_children)))


__all__ = ["read", "tree_of"]
