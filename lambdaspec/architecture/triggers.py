"""Reading one entry of `triggers`: what it may say depends on what it comes from."""

from __future__ import annotations

from enum import Enum
from typing import Any

from lambdaspec.architecture.conditions import read_pattern
from lambdaspec.architecture.document import Mapping, Node, Scalar
from lambdaspec.architecture.elements import (
    NO_FILTER,
    Architecture,
    Bucket,
    Bus,
    Channel,
    Filter,
    Integration,
    MoveTask,
    Notification,
    Queue,
    QueueMapping,
    Rule,
    Stream,
    StreamMapping,
    Subscription,
    Table,
    Topic,
    Trigger,
)
from lambdaspec.architecture.patterns import Dialect, problems
from lambdaspec.architecture.reading import Reader
from lambdaspec.architecture.services import IotTopic, LogGroup, Route, Schedule
from lambdaspec.semantics import limits

MAPPING = ["batch_size", "partial_batch", "enabled", "filter"]
STREAM = [*MAPPING, "max_retry_attempts", "max_record_age", "bisect", "on_failure"]
NO_SQS_RETRIES = (
    "An event source mapping on SQS has no retry setting: how often a message is tried is decided "
    "by the queue's `redrive.max_receive_count`."
)


def read_trigger(
    reader: Reader, known: Architecture, node: Node, to: str | None = None
) -> Trigger | None:
    """One trigger, or None when it cannot be understood (the reader has said why).

    `to` is its target where the entry does not name one: the pipe that it belongs to.
    """
    item = reader.mapping(node, "a trigger")
    for key in ("from",) if to is not None else ("from", "to"):
        if item.get(key) is None:
            reader.say("LS013", node.span, f"a trigger needs `{key}`")
    source = reader.text(item.get("from"), "`from`")
    target = to if to is not None else reader.text(item.get("to"), "`to`")
    if source is None or target is None:
        return None
    match known.channels.get(source):
        case Queue() as queue if isinstance(known.channels.get(target), Queue):
            reader.unknown(item, "a move between queues", ["from", "to"])
            return MoveTask(queue.name, target, item.span)
        case Queue() as queue:
            return _queue_mapping(reader, item, queue, target)
        case Table() | Stream():
            return _stream_mapping(reader, item, source, target)
        case Topic():
            reader.unknown(item, "a subscription", ["from", "to", "dead_letter", "filter", "scope"])
            dead_letter = reader.text(item.get("dead_letter"), "`dead_letter`")
            kept = read_filter(reader, item, Dialect.SNS)
            return Subscription(source, target, dead_letter, kept, item.span)
        case Bucket():
            return _notification(reader, item, source, target)
        case Bus() | Schedule() | IotTopic() | LogGroup() as channel:
            return _rule(reader, item, channel, target)
        case Route():
            reader.unknown(item, "a route's function", ["from", "to"])
            return Integration(source, target, item.span)
        case _:
            at = item.get("from")
            names = ", ".join(f"`{n}`" for n in list(known.channels)[:12]) or "none are defined"
            reader.say(
                "LS003",
                at.span if at is not None else node.span,
                f"a trigger cannot come from `{source}`",
                f"Name a queue, topic, bucket, table, stream, bus, schedule, log group, "
                f"IoT topic or route: {names}.",
            )
            return None


def read_filter(reader: Reader, item: Mapping, dialect: Dialect = Dialect.EVENTBRIDGE) -> Filter:
    """A trigger's `filter`: a guard, AWS's own pattern, or `unknown` for one that cannot be told."""
    node = item.get("filter")
    if isinstance(node, Mapping):
        return _pattern(reader, item, node, dialect)
    text = reader.text(node, "`filter`")
    if text is None or node is None:
        return NO_FILTER
    if text == "unknown":
        return Filter(opaque=True)
    return Filter(reader.guard(node, "`filter`"))


def _pattern(reader: Reader, item: Mapping, node: Mapping, dialect: Dialect) -> Filter:
    pattern = plain(node)
    wrong = list(problems(pattern, dialect))
    for one in wrong:
        reader.say("LS004", node.span, one)
    scope = reader.choice(item.get("scope"), "`scope`", Scope, Scope.ATTRIBUTES)
    inside = "attributes" if dialect is Dialect.SNS and scope is Scope.ATTRIBUTES else ""
    return NO_FILTER if wrong else read_pattern(pattern, dialect, inside)


class Scope(Enum):
    """What a subscription's filter looks at (SNS-FILTER)."""

    ATTRIBUTES = "attributes"
    BODY = "body"


def plain(node: Node) -> Any:
    """A node as plain Python values."""
    if isinstance(node, Mapping):
        return {str(key.value): plain(value) for key, value in node.entries.values()}
    if isinstance(node, Scalar):
        return node.value
    return [plain(one) for one in node.items]


def _rule(reader: Reader, item: Mapping, channel: Channel, target: str) -> Rule:
    allowed = ["from", "to", "enabled", "dead_letter", "filter"]
    what, bucket = "a target of it", None
    if isinstance(channel, Bus):
        allowed += ["bucket", "events", "prefix", "suffix"]
        what, bucket = "a rule", reader.text(item.get("bucket"), "`bucket`")
    reader.unknown(item, what, allowed)
    for key in ("events", "prefix", "suffix"):
        if item.get(key) is not None and bucket is None:
            span = item.entries[key][0].span
            reader.say("LS002", span, f"`{key}` is for rules about a `bucket`")
    events = reader.texts(item.get("events"), "`events`") or ("*",)
    return Rule(
        channel.name,
        target,
        reader.boolean(item.get("enabled"), "`enabled`", default=True),
        reader.text(item.get("dead_letter"), "`dead_letter`"),
        read_filter(reader, item),
        bucket,
        tuple(event.removeprefix("s3:") for event in events),
        reader.text(item.get("prefix"), "`prefix`") or "",
        reader.text(item.get("suffix"), "`suffix`") or "",
        item.span,
    )


def _queue_mapping(reader: Reader, item: Mapping, queue: Queue, target: str) -> QueueMapping:
    allowed = ["from", "to", *MAPPING]
    for name in ("max_retry_attempts", "max_record_age", "bisect", "on_failure"):
        if name in item.entries:
            key = item.entries[name][0]
            reader.say("LS002", key.span, f"a queue's trigger has no key `{name}`", NO_SQS_RETRIES)
            allowed.append(name)
    reader.unknown(item, "a queue's trigger", allowed)
    limit = limits.SQS_FIFO_BATCH if queue.fifo else limits.SQS_BATCH
    return QueueMapping(
        queue.name,
        target,
        reader.integer(item.get("batch_size"), "`batch_size`", limit),
        reader.boolean(item.get("partial_batch"), "`partial_batch`", default=False),
        reader.boolean(item.get("enabled"), "`enabled`", default=True),
        read_filter(reader, item, Dialect.MAPPING),
        item.span,
    )


def _stream_mapping(reader: Reader, item: Mapping, source: str, target: str) -> StreamMapping:
    reader.unknown(item, "a stream's trigger", ["from", "to", *STREAM])
    retries, age = item.get("max_retry_attempts"), item.get("max_record_age")
    forever = isinstance(age, Scalar) and age.value == limits.STREAM_AGE.value
    return StreamMapping(
        source,
        target,
        batch_size=reader.integer(item.get("batch_size"), "`batch_size`", limits.STREAM_BATCH),
        max_retry_attempts=reader.integer(retries, "`max_retry_attempts`", limits.STREAM_RETRIES),
        max_record_age=None
        if forever
        else reader.duration(age, "`max_record_age`", limits.STREAM_AGE),
        bisect=reader.boolean(item.get("bisect"), "`bisect`", default=False),
        partial_batch=reader.boolean(item.get("partial_batch"), "`partial_batch`", default=False),
        on_failure=reader.text(item.get("on_failure"), "`on_failure`"),
        enabled=reader.boolean(item.get("enabled"), "`enabled`", default=True),
        filter=read_filter(reader, item, Dialect.MAPPING),
        span=item.span,
    )


def _notification(reader: Reader, item: Mapping, source: str, target: str) -> Notification:
    reader.unknown(item, "a notification", ["from", "to", "events", "prefix", "suffix"])
    events = reader.texts(item.get("events"), "`events`") or ("ObjectCreated:*",)
    return Notification(
        source,
        target,
        tuple(event.removeprefix("s3:") for event in events),
        reader.text(item.get("prefix"), "`prefix`") or "",
        reader.text(item.get("suffix"), "`suffix`") or "",
        item.span,
    )
