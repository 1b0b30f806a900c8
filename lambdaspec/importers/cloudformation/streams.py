"""AWS::DynamoDB::Table (its stream) and AWS::Kinesis::Stream."""

from __future__ import annotations

from lambdaspec.architecture.elements import Stream, Table
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.semantics import limits

HOUR = 3_600
TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::Serverless::SimpleTable")


def declare(template: Template) -> None:
    """Add tables and streams; a table without a stream is one that nothing can listen to."""
    for resource in template.of_kind(*TABLES):
        template.channels[resource.name] = Table(resource.name, resource.span)
    hours = limits.Limit(
        limits.KINESIS_RETENTION.rule,
        limits.KINESIS_RETENTION.value // HOUR,
        "h",
        limits.KINESIS_RETENTION.source,
        least=1,
        most=(limits.KINESIS_RETENTION.most or 0) // HOUR,
    )
    for resource in template.of_kind("AWS::Kinesis::Stream"):
        node = resource.properties.get("RetentionPeriodHours")
        kept = template.number(node, "`RetentionPeriodHours`", hours)
        retention = None if kept is None else kept * HOUR
        template.channels[resource.name] = Stream(resource.name, retention, span=resource.span)
