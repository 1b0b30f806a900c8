"""Reading one entry of `triggers`: what it may say depends on what it comes from."""

from __future__ import annotations

from lambdaspec.architecture.document import Mapping, Node, Scalar
from lambdaspec.architecture.elements import (
    Architecture,
    Bucket,
    Bus,
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
from lambdaspec.architecture.reading import Reader
from lambdaspec.semantics import limits

MAPPING = ["batch_size", "partial_batch", "enabled"]
STREAM = [*MAPPING, "max_retry_attempts", "max_record_age", "bisect", "on_failure"]
NO_SQS_RETRIES = (
    "An event source mapping on SQS has no retry setting: how often a message is tried is decided "
    "by the queue's `redrive.max_receive_count`."
)


def read_trigger(reader: Reader, known: Architecture, node: Node) -> Trigger | None:
    """One trigger, or None when it cannot be understood (the reader has said why)."""
    item = reader.mapping(node, "a trigger")
    for key in ("from", "to"):
        if item.get(key) is None:
            reader.say("LS013", node.span, f"a trigger needs `{key}`")
    source, target = reader.text(item.get("from"), "`from`"), reader.text(item.get("to"), "`to`")
    if source is None or target is None:
        return None
    match known.channels.get(source):
        case Queue() as queue:
            return _queue_mapping(reader, item, queue, target)
        case Table() | Stream():
            return _stream_mapping(reader, item, source, target)
        case Topic():
            reader.unknown(item, "a subscription", ["from", "to", "dead_letter"])
            dead_letter = reader.text(item.get("dead_letter"), "`dead_letter`")
            return Subscription(source, target, dead_letter, item.span)
        case Bucket():
            return _notification(reader, item, source, target)
        case Bus():
            reader.unknown(item, "a rule", ["from", "to", "enabled"])
            enabled = reader.boolean(item.get("enabled"), "`enabled`", default=True)
            return Rule(source, target, enabled, item.span)
        case _:
            at = item.get("from")
            names = ", ".join(f"`{n}`" for n in list(known.channels)[:12]) or "none are defined"
            reader.say(
                "LS003",
                at.span if at is not None else node.span,
                f"a trigger cannot come from `{source}`",
                f"Name a queue, topic, bucket, table, stream or bus: {names}.",
            )
            return None


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
