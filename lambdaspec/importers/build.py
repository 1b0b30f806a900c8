"""Nodes of a template, made where another format is translated to one."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Map

from lambdaspec.architecture.document import Mapping, Node, Scalar, Sequence
from lambdaspec.diagnostics import Span

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"] | Node


def node(span: Span, value: Plain) -> Node:
    """Plain values, with nodes among them, as a node that stands at one place."""
    match value:
        case Scalar() | Sequence() | Mapping():
            return value
        case dict():
            return mapping(span, {name: node(span, one) for name, one in value.items()})
        case list():
            return Sequence(span, [node(span, one) for one in value])
        case _:
            return Scalar(span, value)


def mapping(span: Span, entries: Map[str, Node | None]) -> Mapping:
    """A mapping; keys without a value are left out. Each key stands where its value stands."""
    return Mapping(
        span,
        {k: (Scalar(one.span, k), one) for k, one in entries.items() if one is not None},
    )


def ref(span: Span, name: str) -> Node:
    """`Ref`."""
    return node(span, {"Ref": name})


def attribute(span: Span, name: str, which: str) -> Node:
    """`Fn::GetAtt`."""
    return node(span, {"Fn::GetAtt": [name, which]})


def joined(span: Span, parts: Iterable[Node]) -> Node:
    """Texts and references one after another."""
    found = list(parts)
    if len(found) == 1:
        return found[0]
    if all(isinstance(one, Scalar) and not one.tag for one in found):
        return Scalar(span, "".join(_text(one) for one in found))
    return node(span, {"Fn::Join": ["", Sequence(span, found)]})


def _text(one: Node) -> str:
    value = one.value if isinstance(one, Scalar) else ""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def resource(span: Span, kind: str, properties: Map[str, Node | None], **more: Node) -> Mapping:
    """A resource of that type."""
    body = mapping(span, properties)
    return mapping(span, {"Type": Scalar(span, kind), "Properties": body, **more})
