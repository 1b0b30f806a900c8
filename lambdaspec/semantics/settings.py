"""The settings of an architecture with AWS's defaults filled in, under limits and readings.

Both tellings of the semantics, the machine and the flow, read their numbers here.
"""

from __future__ import annotations

from functools import cached_property

from attrs import define

from lambdaspec.architecture.elements import (
    Architecture,
    Emission,
    Engine,
    Function,
    Integration,
    Invoke,
    MoveTask,
    Notification,
    QueueMapping,
    Retries,
    Rule,
    Sdk,
    Stream,
    StreamMapping,
    Subscription,
    Trigger,
    mapping_name,
)
from lambdaspec.architecture.services import Route, RouteKind, Workflow
from lambdaspec.semantics import limits
from lambdaspec.semantics.assumptions import Readings
from lambdaspec.semantics.limits import Scale

_ATTEMPTS = {
    RouteKind.API: limits.HTTP_ATTEMPTS,
    RouteKind.ALB: limits.HTTP_ATTEMPTS,
    RouteKind.URL: limits.HTTP_ATTEMPTS,
    RouteKind.COGNITO: limits.COGNITO_ATTEMPTS,
    RouteKind.FIREHOSE: limits.FIREHOSE_ATTEMPTS,
}
_RETENTION: dict[Engine, int | None] = {
    Engine.KINESIS: limits.KINESIS_RETENTION.value,
    Engine.KAFKA: limits.KAFKA_RETENTION.value,
    Engine.ACTIVEMQ: None,
    Engine.RABBITMQ: None,
    Engine.DOCUMENTDB: limits.DOCUMENTDB_RETENTION.value,
}
_SDK_ATTEMPTS = {
    Retries.LEGACY: limits.SDK_LEGACY.value,
    Retries.STANDARD: limits.SDK_STANDARD.value,
    Retries.NONE: 1,
}

SECOND = 1_000
"""Milliseconds in a second: AWS configures in seconds, the machine counts in milliseconds."""


@define(slots=False)
class Settings:
    """An architecture, limits and readings. Treat as frozen: nothing changes after construction."""

    architecture: Architecture
    scale: Scale = Scale()
    readings: Readings = Readings()

    @cached_property
    def queue_mappings(self) -> dict[str, QueueMapping]:
        """Enabled mappings on queues, by name."""
        found = [t for t in self.architecture.triggers if isinstance(t, QueueMapping) and t.enabled]
        return {mapping_name(one): one for one in found}

    @cached_property
    def stream_mappings(self) -> dict[str, StreamMapping]:
        """Enabled mappings on table streams and data streams, by name."""
        found = [
            t for t in self.architecture.triggers if isinstance(t, StreamMapping) and t.enabled
        ]
        return {mapping_name(one): one for one in found}

    @cached_property
    def _by_source(self) -> dict[str, list[Trigger]]:
        found: dict[str, list[Trigger]] = {}
        for trigger in self.architecture.triggers:
            found.setdefault(trigger.source, []).append(trigger)
        return found

    def triggers(self, source: str) -> list[Trigger]:
        """What listens to a channel, disabled triggers included."""
        return self._by_source.get(source, [])

    def readers(self, source: str) -> list[tuple[str, QueueMapping | StreamMapping]]:
        """The enabled event source mappings of a queue or stream, with their names."""
        found = [t for t in self.triggers(source) if isinstance(t, QueueMapping | StreamMapping)]
        return [(mapping_name(one), one) for one in found if one.enabled]

    def subscriptions(self, topic: str) -> list[Subscription]:
        """The subscriptions of a topic."""
        return [t for t in self.triggers(topic) if isinstance(t, Subscription)]

    def notifications(self, bucket: str) -> list[Notification]:
        """The notifications of a bucket."""
        return [t for t in self.triggers(bucket) if isinstance(t, Notification)]

    def rules(self, source: str) -> list[Rule]:
        """The enabled targets of a bus, a schedule, an IoT topic or a log group."""
        return [t for t in self.triggers(source) if isinstance(t, Rule) and t.enabled]

    def integrations(self, route: str) -> list[Integration]:
        """The functions that a route may invoke."""
        return [t for t in self.triggers(route) if isinstance(t, Integration)]

    def move_tasks(self, queue: str) -> list[MoveTask]:
        """Where a person may move the messages of a dead-letter queue, if that is looked at."""
        if not self.scale.redrives:
            return []
        return [t for t in self.triggers(queue) if isinstance(t, MoveTask)]

    def route_attempts(self, route: str) -> int:
        """How often a route invokes its function for one request (APIGW-RETRY, COGNITO-RETRY)."""
        element = self.architecture.channels[route]
        if not isinstance(element, Route):
            raise TypeError(f"{route} is no route")
        return _ATTEMPTS[element.kind].value

    def workflow(self, name: str) -> Workflow:
        """The state machine of that name.

        Raises:
            TypeError: the name belongs to something else.

        """
        element = self.architecture.channels[name]
        if not isinstance(element, Workflow):
            raise TypeError(f"{name} is no state machine")
        return element

    def call_attempts(self, caller: Function, emission: Emission) -> int:
        """How often a synchronous call may be made for one that the code makes.

        Only a caller that stops waiting before its callee has to end makes it again
        (SDK-READTIMEOUT); an error of the function is an answer (SYNC-200-FNERR).
        """
        callee = self.architecture.functions.get(emission.to)
        if callee is None or emission.invoke is not Invoke.SYNC or caller.is_pipe:
            return 1
        longest = limits.FUNCTION_TIMEOUT.value if callee.timeout is None else callee.timeout
        return _SDK_ATTEMPTS[caller.retries] if longest > limits.SDK_READ_TIMEOUT.value else 1

    def passes_lineage(self, function: Function) -> bool:
        """Whether the function's SDK passes the lineage on (SDK-MIN, SDK-CURRENT).

        What Pipes does with the header is not documented: read as losing it (PIPE-LINEAGE).
        """
        if function.is_pipe:
            return False
        bundled = function.sdk is Sdk.BUNDLED and self.readings.bundled_sdk_is_current
        return function.sdk is Sdk.SUPPORTED or bundled

    def function(self, name: str) -> Function:
        """The function of that name."""
        return self.architecture.functions[name]

    def visibility(self, queue: str) -> int:
        """The queue's visibility timeout in ms (SQS-VT)."""
        own = self.architecture.queue(queue).visibility_timeout
        return (limits.SQS_VISIBILITY.value if own is None else own) * SECOND

    def retention(self, queue: str) -> int:
        """The queue's retention in ms (SQS-RETENTION)."""
        own = self.architecture.queue(queue).retention
        return (limits.SQS_RETENTION.value if own is None else own) * SECOND

    def max_receives(self, queue: str) -> int | None:
        """The queue's maxReceiveCount, None without a redrive policy (SQS-MAXRECV, SQS-NODLQ)."""
        redrive = self.architecture.queue(queue).redrive
        if redrive is None:
            return None
        own = redrive.max_receive_count
        return limits.SQS_MAX_RECEIVE.value if own is None else own

    def batch_size(self, mapping: QueueMapping | StreamMapping) -> int:
        """The mapping's batch size (SQS-BATCH, STR-BATCH)."""
        if mapping.batch_size is not None:
            return mapping.batch_size
        is_queue = isinstance(mapping, QueueMapping)
        return (limits.SQS_BATCH if is_queue else limits.STREAM_BATCH).value

    def record_age(self, mapping: StreamMapping) -> int | None:
        """How old a record may become in ms: retention, or less if so configured (STR-AGE).

        None: a broker of Amazon MQ keeps a message until it is told otherwise (MQ-RETRY).
        """
        source = self.architecture.channels[mapping.source]
        retention: int | None = limits.TABLE_RETENTION.value
        if isinstance(source, Stream):
            own = source.retention
            retention = _RETENTION[source.engine] if own is None else own
        limit = mapping.max_record_age
        ages = [age for age in (retention, limit) if age is not None and age >= 0]
        return min(ages) * SECOND if ages else None

    def record_retries(self, mapping: StreamMapping) -> int | None:
        """The mapping's retries, None when it retries until the record expires (STR-RETRY)."""
        source = self.architecture.channels[mapping.source]
        engine = source.engine if isinstance(source, Stream) else Engine.KINESIS
        if engine is Engine.ACTIVEMQ:
            return limits.ACTIVEMQ_RETRIES.value
        if engine in (Engine.RABBITMQ, Engine.DOCUMENTDB):
            return None
        own = mapping.max_retry_attempts
        retries = limits.STREAM_RETRIES.value if own is None else own
        if retries < 0 and engine is Engine.KAFKA and mapping.on_failure is not None:
            return limits.KAFKA_CAP.value
        return None if retries < 0 else retries

    def async_retries(self, function: str) -> int:
        """The function's asynchronous retries (ASYNC-RETRY-DEFAULT)."""
        own = self.function(function).asynchronous.max_retry_attempts
        return limits.ASYNC_RETRIES.value if own is None else own

    def async_age(self, function: str) -> int:
        """The greatest age of an asynchronous event in ms (ASYNC-AGE)."""
        own = self.function(function).asynchronous.max_event_age
        return (limits.ASYNC_AGE.value if own is None else own) * SECOND
