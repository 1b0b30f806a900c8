"""What functions write, inferred: a permission, and whether the function is told of the resource.

A permission alone is `permitted`. A permission together with the resource in an environment
variable, or a SAM connector, is `configured`. The strongest evidence for a target counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from lambdaspec.architecture.document import Node
from lambdaspec.architecture.elements import (
    Bucket,
    Channel,
    Emission,
    Evidence,
    External,
    Function,
)
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation.functions import KINDS
from lambdaspec.importers.cloudformation.permissions import Permission, grants, permission
from lambdaspec.importers.cloudformation.template import Resource, Template
from lambdaspec.importers.cloudformation.values import literal


def infer(template: Template) -> None:
    """Add emissions for every function."""
    for resource in template.of_kind(*KINDS):
        told = dict(_environment(template, resource))
        allowed = grants(template, resource)
        found: list[Emission] = []
        for name, element in {**template.functions, **template.channels}.items():
            if isinstance(element, External):
                continue
            ways = [p for g in allowed for p in permission(template, g, name, element)]
            narrow = [
                p for g in allowed if not g.anywhere for p in permission(template, g, name, element)
            ]
            found += _emissions(element, name, narrow or ways, told.get(name))
        template.emissions[resource.name] = found
    _connectors(template)


def _emissions(
    element: Function | Channel, name: str, ways: list[Permission], told: Span | None
) -> Iterator[Emission]:
    """One emission per way of writing; the environment variable is the place to point at."""
    evidence = Evidence.PERMITTED if told is None else Evidence.CONFIGURED
    seen: set[tuple[str, str]] = set()
    for way in ways:
        key = (way.key, way.event) if isinstance(element, Bucket) else ("", "")
        if key not in seen:
            seen.add(key)
            span = way.span if told is None else told
            yield Emission(name, key=way.key, event=way.event, evidence=evidence, span=span)


def _environment(template: Template, resource: Resource) -> Iterator[tuple[str, Span]]:
    """The functions and channels that a function's environment variables name, and where."""
    own = template.structure(resource.properties.get("Environment"), "`Environment`")
    places = [own]
    if resource.kind == "AWS::Serverless::Function":
        shared = template.structure(template.globals.get("Environment"), "`Environment`")
        places.insert(0, shared)
    for place in places:
        variables = template.structure(place.get("Variables"), "`Variables`")
        for _, node in variables.entries.values():
            for name in template.targets(node):
                yield name, node.span


def _connectors(template: Template) -> None:
    """A SAM connector with write access is a permission and a declaration of intent in one."""
    for resource in template.of_kind("AWS::Serverless::Connector"):
        kinds = [
            literal(template.value(node))
            for node in template.items(resource.properties.get("Permissions"))
        ]
        source = _end(template, resource.properties.get("Source"))
        targets = template.items(resource.properties.get("Destination"))
        for node in targets:
            target = _end(template, node)
            if "Write" in kinds and source in template.emissions and target is not None:
                template.emissions[source].append(
                    Emission(target, evidence=Evidence.CONFIGURED, span=resource.span)
                )


def _end(template: Template, node: Node | None) -> str | None:
    body = template.structure(node, "an end of a connector")
    name = literal(template.value(body.get("Id")))
    if name in template.functions or name in template.channels:
        return name
    return template.target(body.get("Arn"))
