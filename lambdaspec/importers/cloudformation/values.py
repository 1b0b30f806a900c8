"""Intrinsic functions: what a value of a template says without deploying it.

A value becomes a list of parts: literal text, and references to a logical id or a parameter. That
is enough to know which resource a name, ARN or URL belongs to, whichever way it is written. What
cannot be known before deployment is `Unknown`, which equals nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping as Map

from attrs import frozen

from lambdaspec.architecture.document import Mapping, Node, Scalar, Sequence
from lambdaspec.diagnostics import Span


@frozen
class Reference:
    """`Ref`, `Fn::GetAtt` or a `${...}`: a logical id or parameter, and the attribute if one."""

    name: str
    attribute: str = ""


@frozen
class Unknown:
    """Something that only the deployment decides."""

    what: str


Part = str | Reference | Unknown
Parts = tuple[Part, ...]

_SUB = re.compile(r"\$\{(!?)([^}]*)\}")
_SHORT = {"!Ref": "Ref", "!Condition": "Condition"}


def intrinsic(node: Node) -> tuple[str, Node] | None:
    """The intrinsic function that a node calls, in long form, with its argument."""
    if node.tag.startswith("!") and node.tag != "!":
        name = _SHORT.get(node.tag, "Fn::" + node.tag[1:])
        return name, _untagged(node)
    if isinstance(node, Mapping) and len(node.entries) == 1:
        name = next(iter(node.entries))
        if name == "Ref" or name.startswith("Fn::"):
            return name, node.entries[name][1]
    return None


def _untagged(node: Node) -> Node:
    match node:
        case Scalar():
            return Scalar(node.span, node.value)
        case Sequence():
            return Sequence(node.span, node.items)
        case Mapping():
            return Mapping(node.span, node.entries)


def alternatives(node: Node, depth: int = 0) -> Iterator[Node]:
    """The node, or both branches of a `Fn::If`: which one holds is not known here."""
    call = intrinsic(node)
    if call is not None and call[0] == "Fn::If" and isinstance(call[1], Sequence) and depth < 20:
        for branch in call[1].items[1:3]:
            yield from alternatives(branch, depth + 1)
    else:
        yield node


def parts(node: Node | None, parameters: Map[str, str | None]) -> Parts:
    """A value as literal text and references; parameters with a default count as that text."""
    if node is None:
        return ()
    if isinstance(node, Scalar) and not node.tag:
        return () if node.value is None else (_literal(node.value),)
    call = intrinsic(node)
    if call is None:
        return (Unknown("a structure"),)
    return _called(call[0], call[1], parameters)


def _literal(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _called(name: str, argument: Node, parameters: Map[str, str | None]) -> Parts:
    match name, argument:
        case "Ref", Scalar(value=str() as target):
            return _reference(target, "", parameters)
        case "Fn::GetAtt", Scalar(value=str() as path):
            target, _, attribute = path.partition(".")
            return (Reference(target, attribute),)
        case "Fn::GetAtt", Sequence(items=[Scalar(value=target), Scalar(value=attribute)]):
            return (Reference(str(target), str(attribute)),)
        case "Fn::Sub", Scalar(value=str() as text):
            return _substituted(text, {}, parameters)
        case "Fn::Sub", Sequence(items=[Scalar(value=str() as text), Mapping() as names]):
            given = {n: parts(v, parameters) for n, (_, v) in names.entries.items()}
            return _substituted(text, given, parameters)
        case "Fn::Join", Sequence(items=[Scalar(value=glue), Sequence(items=items)]):
            joined: list[Part] = []
            for place, item in enumerate(items):
                if place and glue:
                    joined.append(str(glue))
                joined += parts(item, parameters)
            return tuple(joined)
        case _:
            return (Unknown(name),)


def _reference(target: str, attribute: str, parameters: Map[str, str | None]) -> Parts:
    if not attribute and parameters.get(target) is not None:
        return (str(parameters[target]),)
    return (Reference(target, attribute),)


def _substituted(text: str, given: Map[str, Parts], parameters: Map[str, str | None]) -> Parts:
    found: list[Part] = []
    end = 0
    for match in _SUB.finditer(text):
        found.append(text[end : match.start()])
        end = match.end()
        if match[1]:
            found.append("${" + match[2] + "}")
        elif match[2] in given:
            found += given[match[2]]
        else:
            target, _, attribute = match[2].strip().partition(".")
            found += _reference(target, attribute, parameters)
    found.append(text[end:])
    return tuple(part for part in found if part != "")


def references(value: Parts) -> list[Reference]:
    """The references in a value."""
    return [part for part in value if isinstance(part, Reference)]


def literal(value: Parts) -> str | None:
    """The text of a value that is nothing but text."""
    if value and all(isinstance(part, str) for part in value):
        return "".join(part for part in value if isinstance(part, str))
    return None


def tail(value: Parts) -> str:
    """The literal text at the end of a value."""
    found = ""
    for part in reversed(value):
        if not isinstance(part, str):
            break
        found = part + found
    return found


def from_json(text: str, span: Span) -> Node | None:
    """JSON inside a text, as a node that stands where the text stands; None if it is none."""
    try:
        return _node(json.loads(text), span)
    except (ValueError, RecursionError):
        return None


def _node(data: object, span: Span) -> Node:
    if isinstance(data, dict):
        entries = {str(k): (Scalar(span, str(k)), _node(v, span)) for k, v in data.items()}
        return Mapping(span, entries)
    if isinstance(data, list):
        return Sequence(span, [_node(item, span) for item in data])
    if data is None or isinstance(data, str | int | float | bool):
        return Scalar(span, data)
    return Scalar(span, str(data))
