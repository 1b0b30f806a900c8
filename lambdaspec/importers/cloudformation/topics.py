"""AWS::SNS::Topic and AWS::SNS::Subscription."""

from __future__ import annotations

from lambdaspec.architecture.document import Mapping, Node
from lambdaspec.architecture.elements import Function, Queue, Subscription, Topic
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation import filters
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
        node = resource.properties.get("TopicArn")
        for topic in template.targets(node) or implied(template, node):
            subscribe(template, topic, resource.properties, resource.span)


def implied(template: Template, node: Node | None) -> list[str]:
    """A topic that is only named here; something outside may publish to it."""
    name = template.imply(node, Topic)
    return [] if name is None else [name]


def subscribe(template: Template, topic: str, properties: Mapping, span: Span) -> None:
    """One subscription; e-mail, HTTP and the like trigger nothing that is modelled."""
    if literal(template.value(properties.get("Protocol"))) not in ("lambda", "sqs", None):
        return
    if not isinstance(template.channels.get(topic), Topic):
        return
    kept = filters.policy(template, properties)
    policy = template.structure(properties.get("RedrivePolicy"), "`RedrivePolicy`")
    dead_letter = template.target(policy.get("deadLetterTargetArn"))
    endpoint = properties.get("Endpoint")
    found = template.targets(endpoint)
    if not found and ":sqs:" in template.shown(template.value(endpoint)):
        outside = template.imply(endpoint, Queue)  # a queue that is only named here
        found = [] if outside is None else [outside]
    for target in found:
        element = template.functions.get(target) or template.channels.get(target)
        if isinstance(element, Function | Queue):
            template.triggers.append(Subscription(topic, target, dead_letter, kept, span))
