"""Pipes, schedules, IoT rules and log subscriptions."""

from __future__ import annotations

from lambdaspec.architecture.document import Mapping, Node
from lambdaspec.architecture.elements import (
    Emission,
    Evidence,
    Function,
    Invoke,
    Retries,
    Rule,
    Runner,
    Sdk,
)
from lambdaspec.architecture.services import LogGroup
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation import mappings
from lambdaspec.importers.cloudformation.functions import KINDS
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.importers.cloudformation.values import Reference, literal, references, tail

_POLLED = (
    "SqsQueueParameters",
    "DynamoDBStreamParameters",
    "KinesisStreamParameters",
    "ManagedStreamingKafkaParameters",
)


def declare(template: Template) -> None:
    """Add the pipes, which work through batches as functions do."""
    for resource in template.of_kind("AWS::Pipes::Pipe"):
        template.functions[resource.name] = Function(
            resource.name,
            sdk=Sdk.UNSUPPORTED,
            retries=Retries.NONE,
            runner=Runner.PIPE,
            span=resource.span,
        )


def connect(template: Template) -> None:
    """Add what pipes read and write, what schedules and IoT rules run, and who reads which logs."""
    for resource in template.of_kind("AWS::Pipes::Pipe"):
        _pipe(template, resource.name, resource.properties, resource.span)
    for resource in template.of_kind("AWS::Scheduler::Schedule"):
        target = template.structure(resource.properties.get("Target"), "`Target`")
        for name in template.targets(target.get("Arn")):
            template.entries.setdefault(name, resource.span)
    for resource in template.of_kind("AWS::IoT::TopicRule"):
        payload = template.structure(resource.properties.get("TopicRulePayload"), "the rule")
        for item in template.items(payload.get("Actions")):
            action = template.structure(item, "an action")
            for _, body in action.entries.values():
                for _, node in template.structure(body, "an action").entries.values():
                    for name in template.targets(node):
                        template.entries.setdefault(name, resource.span)
    for resource in template.of_kind("AWS::Logs::SubscriptionFilter"):
        group = resource.properties.get("LogGroupName")
        for name in template.targets(resource.properties.get("DestinationArn")):
            log_rule(template, group, name, resource.span)


def _pipe(template: Template, name: str, properties: Mapping, span: Span) -> None:
    source = template.structure(properties.get("SourceParameters"), "`SourceParameters`")
    settings = dict(source.entries)
    for key in _POLLED:
        settings |= template.structure(source.get(key), f"`{key}`").entries
    settings.pop("DeadLetterConfig", None)
    mappings.map_source(template, properties.get("Source"), name, Mapping(span, settings), span)
    emits = [
        Emission(target, invoke=Invoke.SYNC, evidence=Evidence.DECLARED, span=span)
        for target in template.targets(properties.get("Enrichment"))
        if target in template.functions
    ]
    for target in template.targets(properties.get("Target")):
        invoke = Invoke.SYNC if target in template.functions else Invoke.ASYNC
        emits.append(Emission(target, invoke=invoke, evidence=Evidence.DECLARED, span=span))
    template.emissions[name] = emits


def log_rule(template: Template, group: Node | None, target: str, span: Span) -> None:
    """A subscription: the functions that log to a group cause events of its target (CWL-LOOP)."""
    logging = tuple(_logging(template, group))
    if not logging:
        template.entries.setdefault(target, span)
        return
    name = f"logs of {', '.join(logging)}"
    template.channels.setdefault(name, LogGroup(name, logging, span=span))
    if target in template.functions:
        template.triggers.append(Rule(name, target, span=span))


def _logging(template: Template, group: Node | None) -> list[str]:
    """The functions that log to a group: `/aws/lambda/<name>`, or the one they are set to."""
    value = template.value(group)
    named = [r for r in map(template.resources.get, (x.name for x in references(value))) if r]
    found = []
    groups = [r for r in named if r.kind == "AWS::Logs::LogGroup"]
    for resource in groups:
        value = template.value(resource.properties.get("LogGroupName")) or value
    for resource in template.of_kind(*KINDS):
        config = template.structure(template.settings(resource, "LoggingConfig"), "`LoggingConfig`")
        own = template.value(config.get("LogGroup"))
        if own:
            if own == template.value(group) or any(
                r.name in {x.name for x in references(own)} for r in groups
            ):
                found.append(resource.name)
            continue
        name = template.physical(resource)
        ours = (Reference(resource.name),)
        if (
            (value[:1] == ("/aws/lambda/",) and value[1:] in (ours, name))
            or (
                literal(value)
                and literal(name)
                and literal(value) == f"/aws/lambda/{literal(name)}"
            )
            or (tail(value) == "" and value == ours)
        ):
            found.append(resource.name)
    return found
