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
from lambdaspec.importers.cloudformation import code
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
        template.emissions[resource.name] = _with_code(template, resource, found)
    _connectors(template)


def _with_code(template: Template, resource: Resource, inferred: list[Emission]) -> list[Emission]:
    """What the code says, alone where it was read whole; else beside what may also be written."""
    said = code.read(template, resource)
    if said is None:
        return inferred
    if not said.doubts:
        return said.emissions
    known = {emission.to for emission in said.emissions}
    rest = [emission for emission in inferred if emission.to not in known]
    if rest:
        more = f" (and {len(said.doubts) - 1} more)" if len(said.doubts) > 1 else ""
        message = f"the handler of {resource.name} is not read whole: {said.doubts[0]}{more}"
        template.remark(resource.span, message)
    return [*said.emissions, *rest]


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
    for node in template.environment(resource).values():
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
