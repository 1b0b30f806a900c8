"""HCL to small expressions with places, by python-hcl2's parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from attrs import field, frozen

from lambdaspec.diagnostics import Span


@frozen
class Value:
    """A literal: text, number, truth value, nothing."""

    span: Span
    value: str | int | float | bool | None


@frozen
class Template:
    """A text with expressions in it."""

    span: Span
    parts: tuple[Expr, ...]


@frozen
class Name:
    """The first name of a reference: `var`, `local`, `aws_sqs_queue`."""

    span: Span
    name: str


@frozen
class Member:
    """`of.name`, also `of[0]` and `of[*]`."""

    span: Span
    of: Expr
    key: Expr | str


@frozen
class Call:
    """A function call."""

    span: Span
    name: str
    args: tuple[Expr, ...]


@frozen
class Tuple:
    """A list."""

    span: Span
    items: tuple[Expr, ...]


@frozen
class Object:
    """An object."""

    span: Span
    items: tuple[tuple[Expr | str, Expr], ...]


@frozen
class Condition:
    """`test ? then : other`."""

    span: Span
    test: Expr
    then: Expr
    other: Expr


@frozen
class Binary:
    """`left op right`."""

    span: Span
    op: str
    left: Expr
    right: Expr


@frozen
class Not:
    """`!of`."""

    span: Span
    of: Expr


@frozen
class For:
    """`[for name in over : value if test]`, as an object with a `key` for each."""

    span: Span
    names: tuple[str, ...]
    over: Expr
    key: Expr | None
    value: Expr
    test: Expr | None


@frozen
class Operation:
    """Something that is not followed; its parts."""

    span: Span
    parts: tuple[Expr, ...] = ()


Expr = (
    Value
    | Template
    | Name
    | Member
    | Call
    | Tuple
    | Object
    | Condition
    | Binary
    | Not
    | For
    | Operation
)


@frozen
class Block:
    """A block: `resource "type" "name" { ... }`; `scope` is what a `dynamic` one gives names to."""

    kind: str
    labels: tuple[str, ...]
    span: Span
    attributes: dict[str, Expr] = field(factory=dict)
    blocks: tuple[Block, ...] = ()
    scope: dict[str, Any] = field(factory=dict)

    def all(self, kind: str) -> Iterator[Block]:
        """The blocks in it of that kind, `dynamic` ones too."""
        for one in self.blocks:
            if one.kind == kind:
                yield one
            elif one.kind == "dynamic" and one.labels == (kind,):
                yield from (
                    Block(kind, (), one.span, c.attributes, c.blocks) for c in one.all("content")
                )


class Unparsable(Exception):
    """The file is not HCL; with the place and what is wrong."""

    def __init__(self, span: Span, message: str) -> None:
        super().__init__(message)
        self.span = span


_TRAILING = re.compile(r"^([ \t]*[A-Za-z_][\w.-]*)[ \t\r]+$", re.MULTILINE)
"""Terraform ends a text at its marker even if spaces follow; the parser does not."""


@lru_cache(maxsize=256)
def parse(path: str, text: str) -> Block:
    """A file as one block; modules that several others call are parsed once.

    Raises:
        Unparsable: it is not HCL.

    """
    import hcl2
    from lark.exceptions import LarkError, UnexpectedInput

    text = _TRAILING.sub(r"\1", text if text.endswith("\n") else text + "\n")
    try:
        tree = hcl2.parses_to_tree(text)
    except UnexpectedInput as error:
        line, column = max(error.line, 1), max(error.column, 1)
        raise Unparsable(Span(path, line, column, line, column + 1), "this is not HCL") from error
    except (LarkError, ValueError, RecursionError, KeyError, AttributeError) as error:
        raise Unparsable(Span(path), f"this is not HCL: {type(error).__name__}") from error
    reader = _Reader(path)
    try:
        attributes, blocks = reader.body(tree.children[0])
    except RecursionError as error:
        raise Unparsable(Span(path), "the file is nested too deeply") from error
    return Block("", (), Span(path), attributes, blocks)


def _is(node: Any, *names: str) -> bool:
    return getattr(node, "data", None) in names


class _Reader:
    def __init__(self, path: str) -> None:
        self.path = path

    def span(self, node: Any) -> Span:
        """Where a token, or the first one of a tree, stands."""
        here = node
        while hasattr(here, "children"):
            inner = [c for c in here.children if hasattr(c, "children") or getattr(c, "line", None)]
            if not inner:
                return Span(self.path)
            here = inner[0]
        length = max(len(str(here).split("\n", 1)[0]), 1)
        return Span(self.path, here.line, here.column, here.line, here.column + length)

    def body(self, node: Any) -> tuple[dict[str, Expr], tuple[Block, ...]]:
        """The attributes and blocks of a body."""
        attributes: dict[str, Expr] = {}
        blocks: list[Block] = []
        for one in node.children:
            if _is(one, "attribute"):
                name = _text(one.children[0])
                attributes[name] = self.expr(one.children[-1])
            elif _is(one, "block"):
                blocks.append(self.block(one))
        return attributes, tuple(blocks)

    def block(self, node: Any) -> Block:
        """A block with its labels."""
        labels = [c for c in node.children if _is(c, "identifier", "string", "keyword")]
        inner = [c for c in node.children if _is(c, "body")]
        attributes, blocks = self.body(inner[0]) if inner else ({}, ())
        names = [_text(label).strip('"') for label in labels]
        first, last = self.span(labels[0]), self.span(labels[-1])
        span = Span(
            self.path,
            first.line,
            first.column,
            last.line,
            first.column + sum(len(n) + 3 for n in names),
        )
        return Block(names[0], tuple(names[1:]), span, attributes, blocks)

    def expr(self, node: Any) -> Expr:
        """An expression."""
        if not hasattr(node, "children"):
            return Value(self.span(node), str(node))
        inner = [
            c for c in node.children if hasattr(c, "children") and not _is(c, "new_line_or_comment")
        ]
        span = self.span(node)
        match node.data:
            case "expr_term" | "parenthesized_expr" | "expr" | "interpolation" | "arg":
                if not inner:
                    return self.token(node)
                return self.expr(inner[0])
            case "identifier" | "keyword" | "literal_value":
                return _named(span, _text(node))
            case "string":
                return self.template(node, span)
            case "heredoc_template" | "heredoc_template_trim":
                return self.heredoc(node, span)
            case "int_lit" | "float_lit":
                return _number(span, _text(node))
            case "get_attr_expr_term":
                return Member(span, self.expr(inner[0]), _text(inner[1]).lstrip("."))
            case "index_expr_term":
                return Member(span, self.expr(inner[0]), self.index(inner[1]))
            case kind if kind.endswith("splat_expr_term"):
                return Member(span, self.expr(inner[0]), "*")
            case "function_call":
                return self.call(inner, span)
            case "tuple":
                return Tuple(span, tuple(map(self.expr, inner)))
            case "object":
                pairs = [self.pair(one) for one in inner if _is(one, "object_elem")]
                return Object(span, tuple(pairs))
            case "conditional":
                return (
                    Condition(span, *(self.expr(one) for one in inner[:3]))
                    if len(inner) > 2
                    else Operation(span)
                )
            case "binary_op" if _is(inner[-1], "binary_term"):
                return self.binary(inner, span)
            case "unary_op" if inner:
                return _unary(_text(node).lstrip()[:1], self.expr(inner[-1]), span)
            case "for_object_expr" | "for_tuple_expr":
                return self.loop(node, inner, span)
            case _:
                return self.other(node, inner, span)

    def binary(self, inner: list[Any], span: Span) -> Expr:
        """`left op right`, where the operator stands with what is right of it."""
        operator, *right = _trees(inner[-1])
        if not right:
            return Operation(span)
        return Binary(span, _text(operator).strip(), self.expr(inner[0]), self.expr(right[-1]))

    def loop(self, node: Any, inner: list[Any], span: Span) -> Expr:
        """`for`; one that groups values by their keys is not followed."""
        intro, *results = [one for one in inner if not _is(one, "for_cond")]
        tests = [_trees(one)[-1] for one in inner if _is(one, "for_cond")]
        *names, over = _trees(intro)
        keyed = node.data == "for_object_expr"
        if len(results) != 1 + keyed or "..." in [str(one) for one in node.children]:
            return Operation(span)
        found = [self.expr(one) for one in results]
        return For(
            span,
            tuple(_text(name) for name in names),
            self.expr(over),
            found[0] if keyed else None,
            found[-1],
            self.expr(tests[0]) if tests else None,
        )

    def token(self, node: Any) -> Expr:
        """A term that is one token."""
        words = [c for c in node.children if getattr(c, "line", None)]
        return _named(self.span(node), str(words[0])) if words else Operation(self.span(node))

    def other(self, node: Any, inner: list[Any], span: Span) -> Expr:
        """Operators and loops: the parts that are expressions."""
        found = [
            self.expr(one)
            for one in inner
            if not _is(one, "binary_operator", "for_intro", "for_cond")
        ]
        return (
            found[0]
            if node.data == "binary_term" and len(found) == 1
            else Operation(span, tuple(found))
        )

    def index(self, node: Any) -> Expr | str:
        """What stands in the brackets."""
        inner = [
            c for c in node.children if hasattr(c, "children") and not _is(c, "new_line_or_comment")
        ]
        return self.expr(inner[0]) if inner else _text(node).strip("[].")

    def call(self, inner: list[Any], span: Span) -> Expr:
        """A function call."""
        names = [c for c in inner if _is(c, "identifier")]
        args: list[Expr] = []
        for one in inner:
            if _is(one, "arguments"):
                args = [
                    self.expr(a)
                    for a in one.children
                    if hasattr(a, "children") and not _is(a, "new_line_or_comment")
                ]
        return Call(span, _text(names[-1]) if names else "?", tuple(args))

    def pair(self, node: Any) -> tuple[Expr | str, Expr]:
        """A key and its value."""
        inner = [
            c for c in node.children if hasattr(c, "children") and not _is(c, "new_line_or_comment")
        ]
        key, value = inner[0], self.expr(inner[-1])
        deep = key
        while hasattr(deep, "children") and len(_trees(deep)) == 1:
            deep = _trees(deep)[0]
        if _is(deep, "identifier", "keyword"):
            return _text(deep), value
        made = self.expr(_trees(key)[0] if _trees(key) else key)
        if isinstance(made, Template) and len(made.parts) == 1 and isinstance(made.parts[0], Value):
            made = made.parts[0]
        return (str(made.value) if isinstance(made, Value) else made), value

    def template(self, node: Any, span: Span) -> Expr:
        """A quoted text."""
        parts: list[Expr] = []
        for one in node.children:
            if not _is(one, "string_part"):
                continue
            for piece in one.children:
                if hasattr(piece, "children"):
                    parts.append(self.expr(piece))
                else:
                    parts.append(Value(span, _unescaped(str(piece))))
        if all(isinstance(part, Value) for part in parts):
            return Value(
                span, "".join(str(part.value) for part in parts if isinstance(part, Value))
            )
        return Template(span, tuple(parts))

    def heredoc(self, node: Any, span: Span) -> Expr:
        """A text over several lines, whose expressions are parsed by themselves."""
        lines = _text(node).split("\n")
        inner = "\n".join(lines[1:-1] if lines[-1].strip() else lines[1:-2])
        return self.interpolated(inner, span)

    def interpolated(self, text: str, span: Span) -> Expr:
        """A text with `${...}` in it."""
        parts: list[Expr] = []
        for place, piece in enumerate(pieces(text)):
            if place % 2 == 0:
                parts += [Value(span, piece)] if piece else []
                continue
            try:
                attributes, _ = _Reader(self.path).body(_parsed(f"x = {piece}\n"))
                parts.append(attributes.get("x", Operation(span)))
            except Unparsable:
                parts.append(Operation(span))
        return Template(span, tuple(parts))


def _parsed(text: str) -> Any:
    import hcl2
    from lark.exceptions import LarkError

    try:
        return hcl2.parses_to_tree(text).children[0]
    except (LarkError, ValueError, RecursionError, KeyError) as error:
        raise Unparsable(Span(""), "not an expression") from error


def pieces(text: str) -> list[str]:
    """Text and expressions in turn."""
    found, place = [""], 0
    while place < len(text):
        if text.startswith("$${", place):
            found[-1] += "${"
            place += 3
        elif text.startswith("${", place):
            depth, end = 1, place + 2
            while end < len(text) and depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            found += [text[place + 2 : end - 1], ""]
            place = end
        else:
            found[-1] += text[place]
            place += 1
    return found


def _trees(node: Any) -> list[Any]:
    return [
        c for c in node.children if hasattr(c, "children") and not _is(c, "new_line_or_comment")
    ]


def _text(node: Any) -> str:
    if not hasattr(node, "children"):
        return str(node)
    return "".join(_text(child) for child in node.children)


_ESCAPES = {r"\"": '"', r"\\": "\\", r"\n": "\n", r"\t": "\t", "$${": "${"}


def _unescaped(text: str) -> str:
    return re.sub(r'\\"|\\\\|\\n|\\t|\$\$\{', lambda m: _ESCAPES[m[0]], text)


def _number(span: Span, written: str) -> Expr:
    try:
        return Value(span, int(written))
    except ValueError:
        try:
            return Value(span, float(written))
        except ValueError:
            return Operation(span)


def _unary(operator: str, of: Expr, span: Span) -> Expr:
    if operator == "!":
        return Not(span, of)
    if operator == "-" and isinstance(of, Value) and isinstance(of.value, int | float):
        return Value(span, -of.value)
    return Operation(span, (of,))


def _named(span: Span, name: str) -> Expr:
    if name in ("true", "false", "null"):
        return Value(span, {"true": True, "false": False, "null": None}[name])
    return Name(span, name)
