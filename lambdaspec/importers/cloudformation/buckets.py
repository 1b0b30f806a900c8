"""AWS::S3::Bucket with its notifications, and CDK's Custom::S3BucketNotifications."""

from __future__ import annotations

from lambdaspec.architecture.document import Mapping, Node
from lambdaspec.architecture.elements import Bucket, Bus, Function, Notification, Queue, Topic
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.importers.cloudformation.values import literal

_LISTS = {
    # list in the template: key of the target; the second spelling is that of the API
    "LambdaConfigurations": "Function",
    "QueueConfigurations": "Queue",
    "TopicConfigurations": "Topic",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}


DEFAULT = "default event bus"
"""The account's own bus, which no template declares."""


def declare(template: Template) -> None:
    """Add the buckets."""
    for resource in template.of_kind("AWS::S3::Bucket"):
        template.channels[resource.name] = Bucket(resource.name, resource.span)


def connect(template: Template) -> None:
    """Add the notifications."""
    for resource in template.of_kind("AWS::S3::Bucket"):
        _notifications(template, resource.name, resource.properties)
    for resource in template.of_kind("Custom::S3BucketNotifications"):
        for bucket in template.targets(resource.properties.get("BucketName")):
            _notifications(template, bucket, resource.properties)


def _notifications(template: Template, bucket: str, properties: Mapping) -> None:
    config = template.structure(
        properties.get("NotificationConfiguration"), "`NotificationConfiguration`"
    )
    through = config.get("EventBridgeConfiguration")
    enabled = template.structure(through, "`EventBridgeConfiguration`").get("EventBridgeEnabled")
    if through is not None and template.flag(enabled, default=True):
        template.channels.setdefault(DEFAULT, Bus(DEFAULT, through.span))
        template.triggers.append(Notification(bucket, DEFAULT, ("*",), span=through.span))
    for name, key in _LISTS.items():
        for item in template.items(config.get(name)):
            one = template.structure(item, "a notification")
            events = one.get("Event") if one.get("Event") is not None else one.get("Events")
            target = one.get(key) if one.get(key) is not None else one.get(key + "Arn")
            for found in template.targets(target):
                notify(template, bucket, found, events, one.get("Filter"), item.span)


def notify(
    template: Template,
    bucket: str,
    target: str,
    events: Node | None,
    rules: Node | None,
    span: Span,
) -> None:
    """One notification; an event type or filter that is not known is taken to fit."""
    element = template.functions.get(target) or template.channels.get(target)
    if not isinstance(element, Function | Queue | Topic):
        return
    names = [literal(template.value(node)) for node in template.items(events)]
    kinds = tuple((name or "s3:*").removeprefix("s3:") for name in names) or ("*",)
    prefix = suffix = ""
    key = template.structure(template.structure(rules, "`Filter`").get("S3Key"), "`S3Key`")
    key = (
        key
        if key.entries
        else template.structure(template.structure(rules, "`Filter`").get("Key"), "`Key`")
    )
    listed = key.get("Rules") if key.get("Rules") is not None else key.get("FilterRules")
    for rule in template.items(listed):
        pair = template.structure(rule, "a filter rule")
        name = (literal(template.value(pair.get("Name"))) or "").lower()
        value = literal(template.value(pair.get("Value"))) or ""
        prefix = value if name == "prefix" else prefix
        suffix = value if name == "suffix" else suffix
    template.triggers.append(Notification(bucket, target, kinds, prefix, suffix, span))
