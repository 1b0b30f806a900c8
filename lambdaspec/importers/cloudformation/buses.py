"""AWS::Events::EventBus and AWS::Events::Rule."""

from __future__ import annotations

from lambdaspec.architecture.document import Mapping, Node
from lambdaspec.architecture.elements import Bus, Function, Queue, Rule, Stream, Topic
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.importers.cloudformation.topics import filters
from lambdaspec.importers.cloudformation.values import literal

DEFAULT = "default event bus"
"""The account's own bus, which no template declares."""


def declare(template: Template) -> None:
    """Add the buses; the default one only where something listens to it."""
    for resource in template.of_kind("AWS::Events::EventBus"):
        template.channels[resource.name] = Bus(resource.name, resource.span)


def bus(template: Template, node: Node | None, span: Span) -> str:
    """The bus that a rule listens to."""
    found = template.target(node)
    if found is not None and isinstance(template.channels.get(found), Bus):
        return found
    name = literal(template.value(node)) or "default"
    key = DEFAULT if node is None or name == "default" or name.endswith("/default") else name
    template.channels.setdefault(key, Bus(key, span))
    return key


def connect(template: Template) -> None:
    """Add the rules' targets."""
    for resource in template.of_kind("AWS::Events::Rule"):
        properties = resource.properties
        state = literal(template.value(properties.get("State")))
        for item in template.items(properties.get("Targets")):
            arn = template.structure(item, "a target").get("Arn")
            for target in template.targets(arn):
                policy = template.structure(item, "a target").get("DeadLetterConfig")
                letter = template.target(
                    template.structure(policy, "`DeadLetterConfig`").get("Arn")
                )
                on = state != "DISABLED"
                rule(template, properties, target, item.span, enabled=on, dead_letter=letter)


def rule(
    template: Template,
    properties: Mapping,
    target: str,
    span: Span,
    *,
    enabled: bool,
    dead_letter: str | None = None,
) -> None:
    """One target of a rule with this pattern or schedule."""
    element = template.functions.get(target) or template.channels.get(target)
    if not isinstance(element, Function | Queue | Topic | Stream | Bus):
        template.remark(span, f"a rule's target {target} is not followed yet")
        return
    pattern = properties.get("EventPattern")
    if pattern is None:
        pattern = properties.get("Pattern")
    if pattern is None or _from_aws(template, pattern):
        # A schedule, or an event that only AWS itself can send: PutEvents refuses such sources.
        template.entries.setdefault(target, span)
        return
    source = bus(template, properties.get("EventBusName"), span)
    filters(template, pattern, source)
    template.triggers.append(Rule(source, target, enabled, dead_letter, span=span))


def _from_aws(template: Template, pattern: Node) -> bool:
    sources = template.items(template.structure(pattern, "`EventPattern`").get("source"))
    names = [literal(template.value(node)) for node in sources]
    return bool(names) and all(name is not None and name.startswith("aws.") for name in names)
