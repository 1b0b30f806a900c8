"""AWS::Events::EventBus and AWS::Events::Rule."""

from __future__ import annotations

from lambdaspec.architecture.document import Mapping, Node
from lambdaspec.architecture.elements import (
    NO_FILTER,
    Bus,
    Function,
    Notification,
    Queue,
    Rule,
    Stream,
    Topic,
)
from lambdaspec.architecture.patterns import Dialect
from lambdaspec.architecture.services import Workflow
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation import filters
from lambdaspec.importers.cloudformation.buckets import DEFAULT
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.importers.cloudformation.values import Parts, literal


def declare(template: Template) -> None:
    """Add the buses; the default one only where something listens to it."""
    for resource in template.of_kind("AWS::Events::EventBus"):
        template.channels[resource.name] = Bus(resource.name, resource.span)


def bus(template: Template, node: Node | None, span: Span) -> str:
    """The bus that a rule listens to."""
    found = template.target(node)
    if found is not None and isinstance(template.channels.get(found), Bus):
        return found
    key = bus_named(template, template.value(node))
    template.channels.setdefault(key, Bus(key, span))
    return key


def bus_named(template: Template, value: Parts) -> str:
    """What the bus of a name is called that the template does not declare."""
    name = literal(value)
    if not value or name == "default" or (name or "").endswith("/default"):
        return DEFAULT
    return name or template.shown(value)


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
    if not isinstance(element, Function | Queue | Topic | Stream | Bus | Workflow):
        template.remark(span, f"a rule's target {target} is not followed yet")
        return
    pattern = properties.get("EventPattern")
    if pattern is None:
        pattern = properties.get("Pattern")
    if pattern is None:  # a schedule
        template.entries.setdefault(target, span)
        return
    if _from_aws(template, pattern):
        # An event that only AWS itself can send: PutEvents refuses such sources.
        if not _from_buckets(template, pattern, target, span, enabled=enabled, letter=dead_letter):
            template.entries.setdefault(target, span)
        return
    source = bus(template, properties.get("EventBusName"), span)
    kept = filters.pattern_of(template, pattern, Dialect.EVENTBRIDGE)
    template.triggers.append(Rule(source, target, enabled, dead_letter, kept, span=span))


_S3_EVENTS = {
    "Object Created": "ObjectCreated:*",
    "Object Deleted": "ObjectRemoved:*",
    "Object Tags Added": "ObjectTagging:Put",
    "Object Tags Deleted": "ObjectTagging:Delete",
    "Object ACL Updated": "ObjectAcl:Put",
    "Object Restore Completed": "ObjectRestore:*",
}
"""Types of S3's events on EventBridge and as notifications (S3-EB)."""


def _from_buckets(
    template: Template, pattern: Node, target: str, span: Span, *, enabled: bool, letter: str | None
) -> bool:
    """Rules about objects in buckets that send their events to the default bus (S3-EB)."""
    body = template.structure(pattern, "`EventPattern`")
    sources = [literal(template.value(n)) for n in template.items(body.get("source"))]
    if "aws.s3" not in sources:
        return False
    detail = template.structure(body.get("detail"), "`detail`")
    wanted = template.structure(detail.get("bucket"), "`bucket`").get("name")
    notifying = [
        t.source for t in template.triggers if isinstance(t, Notification) and t.target == DEFAULT
    ]
    if wanted is None:
        chosen = notifying
    else:
        chosen = [
            n for one in template.items(wanted) for n in template.targets(one) if n in notifying
        ]
    kinds = [literal(template.value(n)) for n in template.items(body.get("detail-type"))]
    events = tuple(_S3_EVENTS[k] for k in kinds if k in _S3_EVENTS) or ("*",)
    key = template.structure(detail.get("object"), "`object`").get("key")
    for bucket in dict.fromkeys(chosen):
        for prefix, suffix in _keys(template, key):
            template.triggers.append(
                Rule(
                    DEFAULT,
                    target,
                    enabled,
                    letter,
                    NO_FILTER,
                    bucket,
                    events,
                    prefix,
                    suffix,
                    span,
                )
            )
    return bool(chosen)


def _keys(template: Template, node: Node | None) -> list[tuple[str, str]]:
    """The prefixes and suffixes that a pattern on keys asks for; others are taken to fit."""
    found = []
    for item in template.items(node):
        rule = filters.value(template, item)
        rule = rule if isinstance(rule, dict) else {}
        prefix, suffix = rule.get("prefix"), rule.get("suffix")
        wild = rule.get("wildcard")
        if isinstance(wild, str) and "*" in wild:
            prefix, suffix = wild.split("*", 1)[0], wild.rsplit("*", 1)[1]
        texts = (prefix, suffix)
        found.append(
            tuple(t if isinstance(t, str) and filters.ANYTHING not in t else "" for t in texts)
        )
    return found or [("", "")]  # type: ignore[return-value]


def _from_aws(template: Template, pattern: Node) -> bool:
    sources = template.items(template.structure(pattern, "`EventPattern`").get("source"))
    names = [literal(template.value(node)) for node in sources]
    return bool(names) and all(name is not None and name.startswith("aws.") for name in names)
