"""What functions write, inferred: a permission, and whether the function is told of the resource.

A permission alone is `permitted`. A permission together with the resource in an environment
variable, or a SAM connector, is `configured`. The strongest evidence for a target counts.
"""

from __future__ import annotations

from collections.abc import Iterator

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
    seen: set[tuple[str, str]] = set()
    for way in sorted(ways, key=lambda one: not one.intended):
        told_or_meant = told is not None or way.intended
        evidence = Evidence.CONFIGURED if told_or_meant else Evidence.PERMITTED
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
