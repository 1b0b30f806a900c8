"""The events of AWS::Serverless::Function."""

from __future__ import annotations

from lambdaspec.architecture.document import Mapping
from lambdaspec.architecture.elements import Queue, QueueMapping, Subscription, Topic
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation import buckets, buses, filters, services, topics
from lambdaspec.importers.cloudformation.mappings import map_source
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.importers.cloudformation.values import literal

_SOURCES = {"SQS": "Queue", "DynamoDB": "Stream", "Kinesis": "Stream"}
_OUTSIDE = frozenset(
    [
        "Api",
        "HttpApi",
        "WebSocket",
        "Schedule",
        "ScheduleV2",
        "Cognito",
        "AlexaSkill",
        "IoTRule",
        "MSK",
        "SelfManagedKafka",
        "MQ",
        "DocumentDB",
    ]
)
"""Events that come from outside Lambda; what writes to Kafka, a broker or DocumentDB is not seen."""


def connect(template: Template) -> None:
    """Add what each event of each function stands for."""
    for resource in template.of_kind("AWS::Serverless::Function"):
        events = template.structure(resource.properties.get("Events"), "`Events`")
        for name, (key, node) in events.entries.items():
            event = template.structure(node, f"the event `{name}`")
            kind = literal(template.value(event.get("Type"))) or ""
            body = template.structure(event.get("Properties"), f"the properties of `{name}`")
            _event(template, resource.name, kind, body, key.span)


def _event(template: Template, function: str, kind: str, body: Mapping, span: Span) -> None:
    if kind in _SOURCES:
        map_source(template, body.get(_SOURCES[kind]), function, body, span)
    elif kind == "SNS":
        _topic(template, function, body, span)
    elif kind == "S3":
        for bucket in template.targets(body.get("Bucket")):
            buckets.notify(template, bucket, function, body.get("Events"), body.get("Filter"), span)
    elif kind in ("EventBridgeRule", "CloudWatchEvent"):
        state = literal(template.value(body.get("State")))
        enabled = state != "DISABLED" and template.flag(body.get("Enabled"), default=True)
        buses.rule(template, body, function, span, enabled=enabled)
    elif kind == "CloudWatchLogs":
        services.log_rule(template, body.get("LogGroupName"), function, span)
    else:
        if kind not in _OUTSIDE:
            template.remark(span, f"an event of type {kind} is taken to come from outside")
        template.entries.setdefault(function, span)


def _topic(template: Template, function: str, body: Mapping, span: Span) -> None:
    found = [
        t for t in template.targets(body.get("Topic")) if isinstance(template.channels[t], Topic)
    ]
    found = found or topics.implied(template, body.get("Topic"))
    if not found:
        template.entries.setdefault(function, span)
    kept = filters.policy(template, body)
    policy = template.structure(body.get("RedrivePolicy"), "`RedrivePolicy`")
    dead_letter = template.target(policy.get("deadLetterTargetArn"))
    through = body.get("SqsSubscription")
    for topic in found:
        if through is None or literal(template.value(through)) == "false":
            template.triggers.append(Subscription(topic, function, dead_letter, kept, span))
            continue
        queue = f"{function}'s queue for {topic}"
        template.channels[queue] = Queue(queue, span=span)
        template.triggers.append(Subscription(topic, queue, dead_letter, kept, span))
        template.triggers.append(QueueMapping(queue, function, span=span))
