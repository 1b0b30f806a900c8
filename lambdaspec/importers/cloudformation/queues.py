"""AWS::SQS::Queue."""

from __future__ import annotations

from attrs import evolve

from lambdaspec.architecture.elements import Queue, Redrive
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.semantics import limits

KIND = "AWS::SQS::Queue"


def declare(template: Template) -> None:
    """Add the queues."""
    for resource in template.of_kind(KIND):
        properties = resource.properties
        template.channels[resource.name] = Queue(
            resource.name,
            template.flag(properties.get("FifoQueue"), default=False),
            template.number(
                properties.get("VisibilityTimeout"), "`VisibilityTimeout`", limits.SQS_VISIBILITY
            ),
            template.number(
                properties.get("MessageRetentionPeriod"),
                "`MessageRetentionPeriod`",
                limits.SQS_RETENTION,
            ),
            span=resource.span,
        )


def connect(template: Template) -> None:
    """Add the redrive policies, which may name queues that stand further below."""
    for resource in template.of_kind(KIND):
        node = resource.properties.get("RedrivePolicy")
        if node is None:
            continue
        policy = template.structure(node, "`RedrivePolicy`")
        target = template.target(policy.get("deadLetterTargetArn"))
        queue = template.channels[resource.name]
        if not isinstance(queue, Queue):
            continue
        if target is None or not isinstance(template.channels.get(target), Queue):
            target = f"{resource.name}'s dead-letter queue elsewhere"
            template.channels[target] = Queue(target, queue.fifo, span=node.span)
            template.remark(node.span, f"the dead-letter queue of {resource.name} is not in here")
        count = template.number(
            policy.get("maxReceiveCount"), "`maxReceiveCount`", limits.SQS_MAX_RECEIVE
        )
        template.channels[resource.name] = evolve(queue, redrive=Redrive(target, count))
