"""A definition in Amazon States Language by itself, as a template with that state machine."""

from __future__ import annotations

import re

from attrs import evolve

from lambdaspec.architecture.document import Document, Mapping, Node, Scalar, walk
from lambdaspec.diagnostics import Span
from lambdaspec.importers.asl import is_definition
from lambdaspec.importers.build import mapping, node, resource

_FUNCTION = re.compile(r":function:([A-Za-z0-9_-]+)|^\$\{(\w+)\}$")


def _writes_nothing(span: Span) -> Node:
    """What a function that is only named here writes is an event from outside."""
    return node(span, {"lambdaspec": {"emits": []}})


def is_machine(document: Document) -> bool:
    """Whether a document is a definition."""
    return is_definition(document.root)


def machine_template(document: Document) -> Document:
    """The template: the state machine, and the functions that it names."""
    root = document.root
    resources: dict[str, Node | None] = {}
    for name in _functions(root):
        properties: dict[str, Node | None] = {"FunctionName": Scalar(root.span, name)}
        resources[name] = resource(
            root.span, "AWS::Lambda::Function", properties, Metadata=_writes_nothing(root.span)
        )
    machine = {"Definition": root}
    resources["StateMachine"] = resource(root.span, "AWS::StepFunctions::StateMachine", machine)
    return evolve(document, root=mapping(root.span, {"Resources": mapping(root.span, resources)}))


def _functions(root: Node) -> list[str]:
    """The functions that tasks name, by ARN or by a substitution."""
    found: dict[str, None] = {}
    for one in walk(root):
        if not isinstance(one, Mapping):
            continue
        for key in ("Resource", "FunctionName"):
            value = one.get(key)
            text = value.value if isinstance(value, Scalar) else None
            match = _FUNCTION.search(text) if isinstance(text, str) else None
            if match is not None:
                found[match[1] or match[2]] = None
    return list(found)
