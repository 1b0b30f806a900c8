"""AWS::SNS::Topic and AWS::SNS::Subscription."""

from __future__ import annotations

from lambdaspec.architecture.document import Mapping, Node
from lambdaspec.architecture.elements import Function, Queue, Subscription, Topic
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.importers.cloudformation.values import literal


def declare(template: Template) -> None:
    """Add the topics."""
    for resource in template.of_kind("AWS::SNS::Topic"):
        fifo = template.flag(resource.properties.get("FifoTopic"), default=False)
        template.channels[resource.name] = Topic(resource.name, fifo, resource.span)


def connect(template: Template) -> None:
    """Add the subscriptions, those inside a topic included."""
    for resource in template.of_kind("AWS::SNS::Topic"):
        for item in template.items(resource.properties.get("Subscription")):
            subscribe(
                template, resource.name, template.structure(item, "a subscription"), item.span
            )
    for resource in template.of_kind("AWS::SNS::Subscription"):
        for topic in template.targets(resource.properties.get("TopicArn")):
            subscribe(template, topic, resource.properties, resource.span)


def subscribe(template: Template, topic: str, properties: Mapping, span: Span) -> None:
    """One subscription; e-mail, HTTP and the like trigger nothing that is modelled."""
    if literal(template.value(properties.get("Protocol"))) not in ("lambda", "sqs", None):
        return
    if not isinstance(template.channels.get(topic), Topic):
        return
    filters(template, properties.get("FilterPolicy"), topic)
    policy = template.structure(properties.get("RedrivePolicy"), "`RedrivePolicy`")
    dead_letter = template.target(policy.get("deadLetterTargetArn"))
    for target in template.targets(properties.get("Endpoint")):
        element = template.functions.get(target) or template.channels.get(target)
        if isinstance(element, Function | Queue):
            template.triggers.append(Subscription(topic, target, dead_letter, span=span))


def filters(template: Template, node: Node | None, source: str) -> None:
    """Remark on a filter: it is not evaluated, so everything is taken to pass."""
    if node is not None:
        message = f"the filter on {source} is not evaluated: everything is taken to pass it"
        template.remark(node.span, message)
