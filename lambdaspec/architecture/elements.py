"""The parts of an architecture: functions, channels, and who triggers and writes what.

All of it is frozen. Names are unique over the whole architecture. Times are in seconds, as AWS
configures them; None means that AWS's default holds. `span` says where the part stands in the
input and takes no part in comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, IntEnum

from attrs import evolve, field, frozen

from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.architecture.patterns import Dialect, Leaf
from lambdaspec.architecture.services import IotTopic, LogGroup, Route, Schedule, Workflow
from lambdaspec.diagnostics import Finding, Span, span_field


class Evidence(IntEnum):
    """How strongly we know that a function writes somewhere, weakest first."""

    PERMITTED = 1
    CONFIGURED = 2
    CODE = 3
    DECLARED = 4

    @property
    def word(self) -> str:
        """The name as printed and as `--evidence` takes it."""
        return self.name.lower()


class Sdk(Enum):
    """Whether the function's AWS SDK passes the lineage header on (SDK-MIN).

    `BUNDLED` is an SDK in the function's own package of which only the language is known: it is
    read by the assumption SDK-CURRENT. `UNKNOWN` is read as unsupported.
    """

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"
    BUNDLED = "bundled"


class RecursiveLoop(Enum):
    """What Lambda does when the function's count in a chain reaches the cutoff (REC-MODE)."""

    TERMINATE = "Terminate"
    ALLOW = "Allow"


class Invoke(Enum):
    """How a function invokes another."""

    SYNC = "sync"
    ASYNC = "async"


class Retries(Enum):
    """How the SDK of a caller repeats a synchronous call (SDK-LEGACY, SDK-STANDARD)."""

    LEGACY = "legacy"
    STANDARD = "standard"
    NONE = "none"


class Runner(Enum):
    """What runs a function: Lambda, or EventBridge Pipes, which works through a batch likewise."""

    LAMBDA = "lambda"
    PIPE = "pipe"


@frozen
class Emission:
    """A function, or an outside service, writes to a channel or invokes a function.

    Attributes:
        to: the channel or function.
        times: how often for each record.
        when: the guard on the record's payload; the empty conjunction is always true.
        updates: what happens to the payload's integers; a field that is not named stays.
        key: for buckets, the object's key with `{}` or `{name}` for any text.
        event: for buckets, the event type that the write causes, such as `ObjectCreated:Put`.
        invoke: for functions, how.
        evidence: how we know.
        texts: what it says about fields that are no integers: (field, text, boolean or None).
        where: conditions on such fields.
        by_platform: whether the platform writes it, as Lambda writes every function's logs.

    """

    to: str
    times: int = 1
    when: tuple[Guard, ...] = ()
    updates: tuple[Update, ...] = ()
    key: str = "{}"
    event: str = "ObjectCreated:*"
    invoke: Invoke = Invoke.ASYNC
    evidence: Evidence = Evidence.DECLARED
    by_platform: bool = False
    texts: tuple[tuple[str, str | bool | None], ...] = ()
    where: tuple[Leaf, ...] = ()
    span: Span | None = span_field()


@frozen
class AsyncConfig:
    """What becomes of asynchronous events (ASYNC-RETRY-DEFAULT, ASYNC-AGE, ASYNC-DLQ, ...)."""

    max_retry_attempts: int | None = None
    max_event_age: int | None = None
    dead_letter: str | None = None
    on_success: str | None = None
    on_failure: str | None = None
    span: Span | None = span_field()


@frozen
class Ignore:
    """A finding that somebody has looked at and accepts, with the reason."""

    code: str
    reason: str


@frozen
class Function:
    """A Lambda function.

    Attributes:
        can_fail: False only where somebody vouches that it neither raises, times out nor crashes.
        reserved_concurrency: 0 switches the function off; other values do not bound anything.
        ignores: findings about this function, or a loop through it, that are accepted.
        retries: how its SDK repeats synchronous calls that it gives up waiting for.
        runner: a pipe is a function that Lambda does not run: it is not counted, and it passes
            no lineage on.

    """

    name: str
    timeout: int | None = None
    sdk: Sdk = Sdk.SUPPORTED
    recursive_loop: RecursiveLoop = RecursiveLoop.TERMINATE
    reserved_concurrency: int | None = None
    can_fail: bool = True
    asynchronous: AsyncConfig = AsyncConfig()
    emits: tuple[Emission, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    retries: Retries = Retries.LEGACY
    runner: Runner = Runner.LAMBDA
    span: Span | None = span_field()

    @property
    def is_pipe(self) -> bool:
        """Whether it is a pipe, not a function of Lambda."""
        return self.runner is Runner.PIPE

    @property
    def switched_off(self) -> bool:
        """Whether reserved concurrency 0 keeps it from ever running (CONC-ZERO)."""
        return self.reserved_concurrency == 0


@frozen
class Redrive:
    """A queue's redrive policy: after `max_receive_count` receives a message moves to `to`."""

    to: str
    max_receive_count: int | None = None


@frozen
class Queue:
    """An SQS queue, standard or FIFO."""

    name: str
    fifo: bool = False
    visibility_timeout: int | None = None
    retention: int | None = None
    redrive: Redrive | None = None
    span: Span | None = span_field()


@frozen
class Topic:
    """An SNS topic."""

    name: str
    fifo: bool = False
    span: Span | None = span_field()


@frozen
class Bucket:
    """An S3 bucket."""

    name: str
    span: Span | None = span_field()


@frozen
class Table:
    """A DynamoDB table with a stream."""

    name: str
    span: Span | None = span_field()


class Engine(Enum):
    """What a stream is made of: it decides the defaults of retries and retention."""

    KINESIS = "kinesis"
    KAFKA = "kafka"
    ACTIVEMQ = "activemq"
    RABBITMQ = "rabbitmq"
    DOCUMENTDB = "documentdb"


@frozen
class Stream:
    """A Kinesis data stream, or what a mapping reads alike: Kafka, MQ, DocumentDB."""

    name: str
    retention: int | None = None
    engine: Engine = Engine.KINESIS
    span: Span | None = span_field()


@frozen
class Bus:
    """An EventBridge event bus."""

    name: str
    span: Span | None = span_field()


@frozen
class External:
    """A service outside Lambda that reacts to what it is sent: lineage never passes through."""

    name: str
    emits: tuple[Emission, ...] = ()
    span: Span | None = span_field()


Channel = (
    Queue
    | Topic
    | Bucket
    | Table
    | Stream
    | Bus
    | External
    | Schedule
    | IotTopic
    | LogGroup
    | Route
    | Workflow
)


@frozen
class Filter:
    """Which events pass: those whose integers fit, or, if `opaque`, some that we cannot tell.

    `leaves` are conditions on other fields, which `conditions.lowered` puts into `when` too.
    """

    when: tuple[Guard, ...] = ()
    opaque: bool = False
    leaves: tuple[Leaf, ...] = ()
    dialect: Dialect = Dialect.EVENTBRIDGE


NO_FILTER = Filter()
"""Everything passes."""


@frozen
class QueueMapping:
    """A Lambda event source mapping, or a pipe, that polls an SQS queue."""

    source: str
    function: str
    batch_size: int | None = None
    partial_batch: bool = False
    enabled: bool = True
    filter: Filter = NO_FILTER
    span: Span | None = span_field()


@frozen
class StreamMapping:
    """A Lambda event source mapping, or a pipe, that reads a table's stream or a stream."""

    source: str
    function: str
    batch_size: int | None = None
    max_retry_attempts: int | None = None
    max_record_age: int | None = None
    bisect: bool = False
    partial_batch: bool = False
    on_failure: str | None = None
    enabled: bool = True
    filter: Filter = NO_FILTER
    span: Span | None = span_field()


@frozen
class Subscription:
    """An SNS subscription of a function or queue."""

    source: str
    target: str
    dead_letter: str | None = None
    filter: Filter = NO_FILTER
    span: Span | None = span_field()


@frozen
class Notification:
    """An S3 event notification to a function, queue or topic, or to EventBridge's default bus."""

    source: str
    target: str
    events: tuple[str, ...] = ("ObjectCreated:*",)
    prefix: str = ""
    suffix: str = ""
    span: Span | None = span_field()


@frozen
class Rule:
    """One target of an EventBridge rule, a schedule, an IoT rule or a log subscription.

    Attributes:
        dead_letter: the queue for what cannot be delivered (EB-DLQ).
        bucket: on a bus, only events of this bucket; prefix, suffix and events then hold as in a
            notification.

    """

    source: str
    target: str
    enabled: bool = True
    dead_letter: str | None = None
    filter: Filter = NO_FILTER
    bucket: str | None = None
    events: tuple[str, ...] = ("*",)
    prefix: str = ""
    suffix: str = ""
    span: Span | None = span_field()


@frozen
class Integration:
    """The function that a route invokes; of several ones, one for each request."""

    source: str
    target: str
    span: Span | None = span_field()


@frozen
class MoveTask:
    """A person, or a script of theirs, moves a dead-letter queue's messages on (SQS-REDRIVE)."""

    source: str
    target: str
    span: Span | None = span_field()


Trigger = QueueMapping | StreamMapping | Subscription | Notification | Rule | Integration | MoveTask


def target_of(trigger: Trigger) -> str:
    """What a trigger sends events to."""
    if isinstance(trigger, QueueMapping | StreamMapping):
        return trigger.function
    return trigger.target


@frozen
class Entry:
    """A place where events from outside arrive, and the integers they carry (others read as 0)."""

    to: str
    payload: tuple[tuple[str, int], ...] = ()
    texts: tuple[tuple[str, str | bool | None], ...] = ()
    span: Span | None = span_field()


@frozen
class Architecture:
    """A whole architecture; `channels` maps a name to its channel, `functions` likewise.

    `remarks` are what an importer has to say about the input beyond the architecture itself.
    """

    name: str
    functions: Mapping[str, Function]
    channels: Mapping[str, Channel]
    triggers: tuple[Trigger, ...] = ()
    entries: tuple[Entry, ...] = ()
    remarks: tuple[Finding, ...] = field(default=(), eq=False)
    span: Span | None = span_field()

    def element(self, name: str) -> Function | Channel:
        """The function or channel of that name.

        Raises:
            KeyError: there is none.

        """
        return self.functions[name] if name in self.functions else self.channels[name]

    def emissions(self) -> Iterator[tuple[str, int, Emission]]:
        """Every emission with its emitter's name and its position there."""
        emitters: list[Function | External] = list(self.functions.values())
        emitters += [c for c in self.channels.values() if isinstance(c, External)]
        for emitter in emitters:
            for position, emission in enumerate(emitter.emits):
                yield emitter.name, position, emission

    def restricted(self, evidence: Evidence) -> Architecture:
        """The same architecture with only the emissions of that strength or a greater one."""
        functions = {
            name: evolve(f, emits=tuple(e for e in f.emits if e.evidence >= evidence))
            for name, f in self.functions.items()
        }
        return evolve(self, functions=functions)

    def queue(self, name: str) -> Queue:
        """The queue of that name.

        Raises:
            TypeError: the name belongs to something else.

        """
        found = self.channels.get(name)
        if not isinstance(found, Queue):
            raise TypeError(f"{name} is no queue")
        return found


def mapping_name(mapping: QueueMapping | StreamMapping) -> str:
    """A name for an event source mapping: source and function determine it."""
    return f"{mapping.source}->{mapping.function}"
