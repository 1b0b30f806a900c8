"""The events of AWS::Serverless::Function."""

from __future__ import annotations

from lambdaspec.architecture.document import Mapping, Scalar
from lambdaspec.architecture.elements import Queue, Subscription, Topic
from lambdaspec.diagnostics import Span
from lambdaspec.importers.build import mapping
from lambdaspec.importers.cloudformation import buckets, buses, filters, services, topics
from lambdaspec.importers.cloudformation.mappings import map_queue, map_source
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.importers.cloudformation.values import literal
from lambdaspec.semantics.limits import SQS_BATCH

_SOURCES = {
    "SQS": "Queue",
    "DynamoDB": "Stream",
    "Kinesis": "Stream",
    "MSK": "Stream",
    "MQ": "Broker",
    "DocumentDB": "Cluster",
    "SelfManagedKafka": "",
}
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
    ]
)
"""Events that come from outside Lambda."""


def connect(template: Template) -> None:
    """Add what each event of each function stands for."""
    for resource in template.of_kind("AWS::Serverless::Function"):
        events = template.structure(resource.properties.get("Events"), "`Events`")
        for name, (key, node) in events.entries.items():
            event = template.structure(node, f"the event `{name}`")
            kind = literal(template.value(event.get("Type"))) or ""
            body = template.structure(event.get("Properties"), f"the properties of `{name}`")
            _event(template, resource.name, name, kind, body, key.span)


def _event(
    template: Template, function: str, name: str, kind: str, body: Mapping, span: Span
) -> None:
    if kind in _SOURCES:
        map_source(template, body.get(_SOURCES[kind]), function, body, span)
    elif kind == "SNS":
        _topic(template, function, name, body, span)
    elif kind == "S3":
        for bucket in template.targets(body.get("Bucket")):
            for one in template.items(body.get("Events")):
                buckets.notify(template, bucket, function, one, body.get("Filter"), span)
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


def _topic(template: Template, function: str, name: str, body: Mapping, span: Span) -> None:
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
        settings = Mapping(span) if isinstance(through, Scalar) else None
        settings = settings or template.structure(through, "`SqsSubscription`")
        queue = _queue_between(template, settings, f"{function}{name}Queue", topic, span)
        template.triggers.append(Subscription(topic, queue.name, dead_letter, kept, span))
        sized = mapping(span, {"BatchSize": Scalar(span, SQS_BATCH.value)}).entries
        map_queue(template, queue, function, Mapping(span, {**sized, **settings.entries}), span)


def _queue_between(
    template: Template, settings: Mapping, generated: str, topic: str, span: Span
) -> Queue:
    """The queue between a topic and a function: the one that is named, or one that SAM makes."""
    given = settings.get("QueueArn")
    for name in template.targets(given) or [template.imply(given, Queue) or ""]:
        element = template.channels.get(name)
        if isinstance(element, Queue):
            return element
    source = template.channels.get(topic)
    made = Queue(generated, fifo=isinstance(source, Topic) and source.fifo, span=span)
    template.channels[generated] = made
    return made
