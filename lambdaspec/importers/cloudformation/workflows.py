"""State machines: AWS::StepFunctions::StateMachine and AWS::Serverless::StateMachine."""

from __future__ import annotations

import re
from pathlib import Path

from lambdaspec.architecture.document import Mapping, Node, Scalar, parse
from lambdaspec.architecture.services import Task, Workflow
from lambdaspec.diagnostics import Span
from lambdaspec.errors import InputError
from lambdaspec.importers.asl import Machine, read_machine, with_numbers
from lambdaspec.importers.cloudformation import buses
from lambdaspec.importers.cloudformation.template import Resource, Template
from lambdaspec.importers.cloudformation.values import (
    Part,
    Parts,
    Reference,
    from_json,
    intrinsic,
    literal,
)

KINDS = ("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine")
_MARK = re.compile("\ue000(\\d+)\ue001")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
MOST_BYTES = 1_100_000
"""A definition may have 1 MiB (Step Functions quotas, "Quotas related to state machines")."""


def declare(template: Template) -> None:
    """Add the state machines, empty: what they run may be declared after them."""
    for resource in template.of_kind(*KINDS):
        template.channels[resource.name] = Workflow(resource.name, {}, span=resource.span)


def connect(template: Template) -> None:
    """Fill the state machines in, and add what starts them."""
    for resource in template.of_kind(*KINDS):
        express = literal(template.value(resource.properties.get("StateMachineType")))
        express = express or literal(template.value(resource.properties.get("Type")))
        made = _read(template, resource)
        tasks = made.tasks if made is not None else {}
        kind = (express or "").upper() == "EXPRESS"
        if not tasks:
            message = f"what {resource.name} runs is not known: its definition is not in here"
            template.remark(resource.span, message)
            tasks = {"?": Task("?", span=resource.span)}
        template.channels[resource.name] = Workflow(resource.name, tasks, kind, resource.span)
        _events(template, resource)


def _events(template: Template, resource: Resource) -> None:
    events = template.structure(resource.properties.get("Events"), "`Events`")
    for name, (key, node) in events.entries.items():
        event = template.structure(node, f"the event `{name}`")
        kind = literal(template.value(event.get("Type"))) or ""
        body = template.structure(event.get("Properties"), f"the properties of `{name}`")
        if kind in ("EventBridgeRule", "CloudWatchEvent"):
            buses.rule(template, body, resource.name, key.span, enabled=True)
        else:
            template.entries.setdefault(resource.name, key.span)


def _read(template: Template, resource: Resource) -> Machine | None:
    given = template.structure(
        resource.properties.get("DefinitionSubstitutions"), "`DefinitionSubstitutions`"
    )
    values = {name: template.value(node) for name, (_, node) in given.entries.items()}
    marks: list[Parts] = []
    node = _definition(template, resource, marks)
    if not isinstance(node, Mapping):
        return None

    def resolve(found: Node) -> str | None:
        parts = _marked(template, found, marks, values)
        names = template.named(parts)
        return names[0] if names else None

    def text(found: Node) -> str | None:
        return template.shown(_marked(template, found, marks, values))

    return read_machine(node, resolve, text, resource.span)


def _marked(template: Template, node: Node, marks: list[Parts], values: dict[str, Parts]) -> Parts:
    """A text of a definition, with what stood in for references put back."""
    if not (isinstance(node, Scalar) and isinstance(node.value, str)) or intrinsic(node):
        return template.value(node)
    found: list[Part] = []
    for place, piece in enumerate(_MARK.split(node.value)):
        if place % 2:
            found += marks[int(piece)] if int(piece) < len(marks) else ()
            continue
        for at, text in enumerate(_VARIABLE.split(piece)):
            if at % 2:
                found += values.get(text, (Reference(text),))
            elif text:
                found.append(text)
    return tuple(found)


def _definition(template: Template, resource: Resource, marks: list[Parts]) -> Node | None:
    for name in ("Definition", "DefinitionString"):
        node = resource.properties.get(name)
        if node is None:
            continue
        if isinstance(node, Mapping) and intrinsic(node) is None:
            return node
        return _from_text(template.value(node), node.span, marks)
    uri = literal(template.value(resource.properties.get("DefinitionUri")))
    return _from_file(template.home(resource), uri) if uri is not None else None


def _from_text(value: Parts, span: Span, marks: list[Parts]) -> Node | None:
    """JSON put together of texts and references: these become marks inside its texts."""
    text = ""
    for part in value:
        if isinstance(part, str):
            text += part
        else:
            text += f"\ue000{len(marks)}\ue001"
            marks.append((part,))
    return from_json(text, span)


def _from_file(folder: Path, uri: str) -> Node | None:
    path = folder / uri
    if "://" in uri:
        return None
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        return parse(str(path), with_numbers(path.read_bytes().decode(errors="replace"))).root
    except (OSError, ValueError, InputError):
        return None
