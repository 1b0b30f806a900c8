"""AWS::Lambda::EventSourceMapping, and the same settings inside SAM's events."""

from __future__ import annotations

from collections.abc import Callable

from lambdaspec.architecture.document import Mapping, Node, Scalar
from lambdaspec.architecture.elements import (
    Bucket,
    Channel,
    Engine,
    Queue,
    QueueMapping,
    Stream,
    StreamMapping,
    Table,
    Topic,
)
from lambdaspec.architecture.triggers import NO_SQS_RETRIES
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation import brokers, filters
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.importers.cloudformation.values import literal
from lambdaspec.semantics import limits


def connect(template: Template) -> None:
    """Add the event source mappings."""
    for resource in template.of_kind("AWS::Lambda::EventSourceMapping"):
        node = resource.properties.get("EventSourceArn")
        for function in template.targets(resource.properties.get("FunctionName")):
            if function in template.functions:
                map_source(template, node, function, resource.properties, resource.span)


def map_source(
    template: Template, source: Node | None, function: str, properties: Mapping, span: Span
) -> None:
    """One mapping of whatever the source turns out to be."""
    found = template.targets(source)
    if not found:
        name = template.imply(source, _kind(template, source, properties))
        name = name or _servers(template, properties)
        found = [] if name is None else [name]
    if not found:
        template.remark(span, f"the event source of {function} is not in here")
        template.entries.setdefault(function, span)
    for name in found:
        match template.channels.get(name):
            case Queue() as queue:
                map_queue(template, queue, function, properties, span)
            case Table() | Stream():
                _stream(template, name, function, properties, span)
            case _:
                template.remark(span, f"{name} as an event source is not followed yet")


def _kind(template: Template, source: Node | None, properties: Mapping) -> Callable[[str], Channel]:
    """What an event source is that is only named here: its ARN says so, or the settings do."""
    text = template.shown(template.value(source))
    engine = brokers.engine_of(template, properties)
    if engine is not None:
        return lambda name: Stream(name, engine=engine)
    if ":sqs:" in text or ".fifo" in text:
        return lambda name: Queue(name, fifo=text.endswith(".fifo"))
    if ":dynamodb:" in text:
        return Table
    if ":kinesis:" in text or properties.get("StartingPosition") is not None:
        return Stream
    return Queue


def _servers(template: Template, properties: Mapping) -> str | None:
    """The channel of a Kafka cluster that is given by its servers."""
    name = brokers.servers(template, properties)
    if name is not None:
        template.channels[name] = Stream(name, engine=Engine.KAFKA)
    return name


def _common(template: Template, properties: Mapping) -> tuple[bool, bool]:
    """Whether partial batch responses are on, and whether the mapping is enabled."""
    kinds = [
        literal(template.value(n)) for n in template.items(properties.get("FunctionResponseTypes"))
    ]
    return "ReportBatchItemFailures" in kinds, template.flag(
        properties.get("Enabled"), default=True
    )


def map_queue(
    template: Template, queue: Queue, function: str, properties: Mapping, span: Span
) -> None:
    """One mapping of a queue."""
    for name in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError"):
        if name in properties.entries:
            key = properties.entries[name][0]
            message = f"a mapping on the queue {queue.name} cannot have `{name}`"
            template.reader.say("LS002", key.span, message, NO_SQS_RETRIES)
    limit = limits.SQS_FIFO_BATCH if queue.fifo else limits.SQS_BATCH
    size = template.number(properties.get("BatchSize"), "`BatchSize`", limit)
    partial, enabled = _common(template, properties)
    kept = filters.criteria(template, properties.get("FilterCriteria"))
    template.triggers.append(QueueMapping(queue.name, function, size, partial, enabled, kept, span))


def _stream(
    template: Template, source: str, function: str, properties: Mapping, span: Span
) -> None:
    partial, enabled = _common(template, properties)
    destination = template.structure(properties.get("DestinationConfig"), "`DestinationConfig`")
    failure = template.structure(destination.get("OnFailure"), "`OnFailure`").get("Destination")
    target = template.target(failure)
    if not isinstance(template.channels.get(target or ""), Queue | Topic | Bucket):
        target = None
    retries = properties.get("MaximumRetryAttempts")
    template.triggers.append(
        StreamMapping(
            source,
            function,
            batch_size=template.number(
                properties.get("BatchSize"), "`BatchSize`", limits.STREAM_BATCH
            ),
            max_retry_attempts=template.number(
                retries, "`MaximumRetryAttempts`", limits.STREAM_RETRIES
            ),
            max_record_age=_age(template, properties.get("MaximumRecordAgeInSeconds")),
            bisect=template.flag(properties.get("BisectBatchOnFunctionError"), default=False),
            partial_batch=partial,
            on_failure=target,
            enabled=enabled,
            filter=filters.criteria(template, properties.get("FilterCriteria")),
            span=span,
        )
    )


def _age(template: Template, node: Node | None) -> int | None:
    """The maximum record age; -1 says that there is none."""
    forever = isinstance(node, Scalar) and str(node.value) == str(limits.STREAM_AGE.value)
    what = "`MaximumRecordAgeInSeconds`"
    return None if forever else template.number(node, what, limits.STREAM_AGE)
