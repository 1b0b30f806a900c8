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

from attrs import define, field, frozen

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


@define
class Known:
    """What values may refer to: parameters with the text they have, if any, and mappings."""

    parameters: dict[str, str | None] = field(factory=dict)
    mappings: Mapping | None = None


NONE = Known()

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


MOST_BRANCHES = 1_000
"""Branches of conditions inside conditions that are looked at; aliases can make them many."""


def alternatives(node: Node) -> Iterator[Node]:
    """The node, or both branches of a `Fn::If`: which one holds is not known here."""
    todo = [node]
    for _ in range(MOST_BRANCHES):
        if not todo:
            return
        one = todo.pop()
        call = intrinsic(one)
        if call is not None and call[0] == "Fn::If" and isinstance(call[1], Sequence):
            todo += reversed(call[1].items[1:3])
        else:
            yield one


def parts(node: Node | None, known: Known) -> Parts:
    """A value as literal text and references; parameters with a default count as that text."""
    if node is None:
        return ()
    if isinstance(node, Scalar) and not node.tag:
        return () if node.value is None else (_literal(node.value),)
    call = intrinsic(node)
    if call is None:
        return (Unknown("a structure"),)
    return _called(call[0], call[1], known)


def _literal(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _called(name: str, argument: Node, known: Known) -> Parts:
    match name, argument:
        case "Ref", Scalar(value=str() as target):
            return _reference(target, "", known)
        case "Fn::GetAtt", Scalar(value=str() as path):
            target, _, attribute = path.partition(".")
            return (Reference(target, attribute),)
        case "Fn::GetAtt", Sequence(items=[Scalar(value=target), Scalar(value=attribute)]):
            return (Reference(str(target), str(attribute)),)
        case "Fn::Sub", Scalar(value=str() as text):
            return _substituted(text, {}, known)
        case "Fn::Sub", Sequence(items=[Scalar(value=str() as text), Mapping() as names]):
            given = {n: parts(v, known) for n, (_, v) in names.entries.items()}
            return _substituted(text, given, known)
        case "Fn::Join", Sequence(items=[Scalar(value=glue), Sequence(items=items)]):
            joined: list[Part] = []
            for place, item in enumerate(items):
                if place and glue:
                    joined.append(str(glue))
                joined += parts(item, known)
            return tuple(joined)
        case "Fn::ImportValue", inner:
            return (Reference("import", shown(parts(inner, known))),)
        case "Fn::Base64" | "Fn::ToJsonString", inner:
            return parts(inner, known)
        case "Fn::Select", Sequence(items=[Scalar(value=index), chosen]):
            return _selected(str(index), chosen, known)
        case "Fn::FindInMap", Sequence(items=[_, _, _, *_] as names):
            return _mapped([parts(one, known) for one in names[:3]], known)
        case _:
            return (Unknown(name),)


def shown(value: Parts) -> str:
    """A value in words: for identity and for reports."""
    found = ""
    for part in value:
        match part:
            case str():
                found += part
            case Reference(name="import", attribute=name):
                found += name
            case Reference(name=name, attribute=attribute):
                found += f"{name}.{attribute}" if attribute else name
            case Unknown():
                found += "?"
    return found


def _selected(index: str, items: Node, known: Known) -> Parts:
    """One item of a list, which may be a text that is split."""
    if not index.isdigit():
        return (Unknown("Fn::Select"),)
    call = intrinsic(items)
    if call is None:
        listed = items.items if isinstance(items, Sequence) else []
        return (
            parts(listed[int(index)], known)
            if int(index) < len(listed)
            else (Unknown("Fn::Select"),)
        )
    if call[0] == "Fn::Split" and isinstance(call[1], Sequence) and len(call[1].items) == 2:
        glue, text = call[1].items
        pieces = _split(parts(text, known), str(getattr(glue, "value", "")))
        if int(index) < len(pieces):
            return pieces[int(index)]
    return (Unknown("Fn::Select"),)


def _split(value: Parts, glue: str) -> list[Parts]:
    """A text split at a delimiter; what is not known is taken to hold none."""
    pieces: list[list[Part]] = [[]]
    for part in value:
        if not isinstance(part, str) or not glue:
            pieces[-1].append(part)
            continue
        first, *others = part.split(glue)
        pieces[-1] += [first] if first else []
        pieces += [[text] if text else [] for text in others]
    return [tuple(one) for one in pieces]


def _mapped(names: list[Parts], known: Known) -> Parts:
    """A value of `Mappings`; where a key is not known, the value that all have, if they do."""
    found: list[Node] = [known.mappings] if known.mappings is not None else []
    for name in names:
        text = literal(name)
        inner = [m for m in found if isinstance(m, Mapping)]
        if text is None:
            found = [value for m in inner for _, value in m.entries.values()]
        else:
            found = [value for m in inner if (value := m.get(text)) is not None]
    values = {parts(one, known) for one in found}
    return values.pop() if len(values) == 1 else (Unknown("Fn::FindInMap"),)


def _reference(target: str, attribute: str, known: Known) -> Parts:
    if not attribute and known.parameters.get(target) is not None:
        return (str(known.parameters[target]),)
    return (Reference(target, attribute),)


def _substituted(text: str, given: Map[str, Parts], known: Known) -> Parts:
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
            found += _reference(target, attribute, known)
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


_MARK = re.compile("\ue000(\\d+)\ue001")


def json_inside(value: Parts, span: Span) -> Node | None:
    """JSON put together of texts and references, with the references where they stand in it."""
    text = "".join(
        part if isinstance(part, str) else f"\ue000{place}\ue001"
        for place, part in enumerate(value)
    )
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return _node(json.loads(text), span, value)
    except (ValueError, RecursionError):
        return None


def _node(data: object, span: Span, marked: Parts = ()) -> Node:
    if isinstance(data, dict):
        entries = {str(k): (Scalar(span, str(k)), _node(v, span, marked)) for k, v in data.items()}
        return Mapping(span, entries)
    if isinstance(data, list):
        return Sequence(span, [_node(item, span, marked) for item in data])
    if isinstance(data, str) and marked and _MARK.search(data):
        return _put_back(data, span, marked)
    if data is None or isinstance(data, str | int | float | bool):
        return Scalar(span, data)
    return Scalar(span, str(data))


def _put_back(text: str, span: Span, marked: Parts) -> Node:
    """A text with the references that its marks stand for."""
    found: list[Node] = []
    for place, piece in enumerate(_MARK.split(text)):
        if place % 2:
            found.append(_as_node(marked[int(piece)], span))
        elif piece:
            found.append(Scalar(span, piece))
    if len(found) == 1:
        return found[0]
    joined = Sequence(span, [Scalar(span, ""), Sequence(span, found)])
    return Mapping(span, {"Fn::Join": (Scalar(span, "Fn::Join"), joined)})


def _as_node(part: Part, span: Span) -> Node:
    match part:
        case Reference(name=name, attribute="") if name != "import":
            return Mapping(span, {"Ref": (Scalar(span, "Ref"), Scalar(span, name))})
        case Reference(name="import", attribute=name):
            inner = Scalar(span, name)
            return Mapping(span, {"Fn::ImportValue": (Scalar(span, "Fn::ImportValue"), inner)})
        case Reference(name=name, attribute=attribute):
            both = Sequence(span, [Scalar(span, name), Scalar(span, attribute)])
            return Mapping(span, {"Fn::GetAtt": (Scalar(span, "Fn::GetAtt"), both)})
        case Unknown(what=what):
            return Mapping(span, {"Fn::Unknown": (Scalar(span, "Fn::Unknown"), Scalar(span, what))})
        case str():
            return Scalar(span, part)


MOST_REPEATED = 5_000
"""Rounds of loops in loops that are followed: ten times what a template may hold."""


def repeated(
    node: Node, known: Known, left: Iterator[int] | None = None
) -> Iterator[tuple[str, Scalar, Node]]:
    """The resources that `Fn::ForEach` makes, over a list that is known (LANG-FOREACH).

    `left` counts the rounds that may still be followed, those of loops inside too.
    """
    left = iter(range(MOST_REPEATED)) if left is None else left
    if not (isinstance(node, Sequence) and len(node.items) == 3):
        return
    variable, listed, body = node.items
    if not (isinstance(variable, Scalar) and isinstance(body, Mapping)):
        return
    items = listed.items if isinstance(listed, Sequence) else []
    if isinstance(listed, Mapping):
        items = [
            Scalar(listed.span, text) for text in (literal(parts(listed, known)) or "").split(",")
        ]
    for item in items:
        text = literal(parts(item, known))
        if text is None:
            continue
        if next(left, None) is None:
            return
        for name, (key, inner) in body.entries.items():
            made = _replaced(name, str(variable.value), text)
            filled = _filled(inner, str(variable.value), text)
            if made.startswith("Fn::ForEach::"):
                yield from repeated(filled, known, left)
            else:
                yield made, Scalar(key.span, made), filled


def _replaced(text: str, variable: str, value: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9]", "", value)
    return text.replace(f"${{{variable}}}", value).replace(f"&{{{variable}}}", plain)


def _filled(node: Node, variable: str, value: str) -> Node:
    match node:
        case Scalar(value=str() as text):
            call = intrinsic(node)
            if call is not None and call[0] == "Ref" and text == variable:
                return Scalar(node.span, value)
            return Scalar(node.span, _replaced(text, variable, value), node.tag)
        case Sequence():
            return Sequence(
                node.span, [_filled(one, variable, value) for one in node.items], node.tag
            )
        case Mapping():
            call = intrinsic(node)
            if (
                call is not None
                and call[0] == "Ref"
                and getattr(call[1], "value", None) == variable
            ):
                return Scalar(node.span, value)
            entries = {
                (made := _replaced(name, variable, value)): (
                    Scalar(key.span, made),
                    _filled(inner, variable, value),
                )
                for name, (key, inner) in node.entries.items()
            }
            return Mapping(node.span, entries, node.tag)
    return node
