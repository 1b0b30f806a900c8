"""What functions write, inferred: a permission, and whether the function is told of the resource.

A permission alone is `permitted`. A permission together with the resource in an environment
variable, or a SAM connector, is `configured`. The strongest evidence for a target counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from lambdaspec.architecture.elements import (
    Bucket,
    Channel,
    Emission,
    Evidence,
    External,
    Function,
)
from lambdaspec.architecture.services import Workflow
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation import code, functions, metadata
from lambdaspec.importers.cloudformation.functions import KINDS
from lambdaspec.importers.cloudformation.permissions import Permission, grants, permission
from lambdaspec.importers.cloudformation.template import Resource, Template


def infer(template: Template) -> None:
    """Add emissions for every function."""
    broad: dict[Span, Resource] = {}
    for resource in template.of_kind(*KINDS):
        told = dict(_environment(template, resource))
        allowed = grants(template, resource)
        for grant in allowed:
            if grant.broad and not metadata.says_what_it_writes(resource):
                broad.setdefault(grant.span, resource)
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
        functions.set_sdk(template, resource, code.brings_sdk(template, resource))
    _too_broad(template, broad)


def _too_broad(template: Template, broad: dict[Span, Resource]) -> None:
    """One finding for each statement by which a function could write to what triggers something."""
    for span, resource in broad.items():
        reached = [
            emission.to
            for emissions in template.emissions.values()
            for emission in emissions
            if emission.evidence is Evidence.PERMITTED
            and emission.span == span
            and _leads_on(template, emission.to)
        ]
        if reached:
            names = list(dict.fromkeys(reached))
            more = f" and {len(names) - 2} more" if len(names) > 2 else ""
            what = f"{' and '.join(names[:2]) if not more else ', '.join(names[:2])}{more}"
            message = f"the role of {resource.name} may write to {what}, whatever its code does"
            template.remark(span, message, "LS112")


def _leads_on(template: Template, name: str) -> bool:
    """Whether something happens when something is written there."""
    if name in template.functions:
        return True
    return isinstance(template.channels.get(name), Workflow) or any(
        trigger.source == name for trigger in template.triggers
    )


def _with_code(template: Template, resource: Resource, inferred: list[Emission]) -> list[Emission]:
    """What the code says, alone where it was read whole; else beside what may also be written."""
    said = code.read(template, resource)
    if said is None:
        return inferred
    known = {emission.to for emission in said.emissions}
    elements: dict[str, Function | Channel] = {**template.functions, **template.channels}
    rest = [
        emission
        for emission in inferred
        if emission.to not in known and said.doubtful(elements[emission.to])
    ]
    if any(_leads_on(template, emission.to) for emission in rest):
        more = f" (and {len(said.doubts) - 1} more)" if len(said.doubts) > 1 else ""
        message = f"the handler of {resource.name} is not read whole: {said.doubts[0][0]}{more}"
        template.remark(resource.span, message)
    asked = [one for job, made in said.jobs.items() for one in _job(template, resource, job, made)]
    return [*said.emissions, *asked, *rest]


def _job(
    template: Template, resource: Resource, job: str, made: list[Emission]
) -> Iterator[Emission]:
    """A service that a function asks for work: it writes later, without a lineage (BREAK-SPAWN)."""
    name = f"{job} of {resource.name}"
    emits = tuple(evolve(one, when=(), where=(), updates=()) for one in made)
    template.channels[name] = External(name, emits, made[0].span)
    for one in made:
        yield Emission(name, evidence=one.evidence, span=one.span, when=one.when, where=one.where)


def _emissions(
    element: Function | Channel, name: str, ways: list[Permission], told: Span | None
) -> Iterator[Emission]:
    """One emission per way of writing; the environment variable is the place to point at."""
    seen: set[tuple[str, str]] = set()
    for way in sorted(ways, key=lambda one: not one.intended):
        told_or_meant = (told is not None and not way.vague) or way.intended
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
