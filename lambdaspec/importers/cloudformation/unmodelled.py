"""Resources that move events in ways that are not followed yet: a remark for each."""

from __future__ import annotations

from lambdaspec.importers.cloudformation.stacks import NESTED
from lambdaspec.importers.cloudformation.template import Template

KINDS = {
    "AWS::MSK::Cluster": "Kafka clusters",
    "AWS::AmazonMQ::Broker": "message brokers",
    "AWS::DocDB::DBCluster": "DocumentDB clusters",
}
"""Types of resources that can take part in a loop, and what to call them."""


def remark(template: Template) -> None:
    """Say which resources were left out."""
    for resource in template.of_kind(*KINDS):
        message = f"{resource.name}: {KINDS[resource.kind]} are not followed yet"
        template.remark(resource.span, message)
    for resource in template.of_kind(*NESTED):
        message = f"what {resource.name} makes is not known: its template is not in here"
        template.remark(resource.span, message)
