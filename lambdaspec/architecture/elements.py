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
from lambdaspec.diagnostics import Finding, Span


def _span() -> Span | None:
    return field(default=None, eq=False, repr=False)  # type: ignore[no-any-return]


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

    """

    to: str
    times: int = 1
    when: tuple[Guard, ...] = ()
    updates: tuple[Update, ...] = ()
    key: str = "{}"
    event: str = "ObjectCreated:*"
    invoke: Invoke = Invoke.ASYNC
    evidence: Evidence = Evidence.DECLARED
    span: Span | None = _span()


@frozen
class AsyncConfig:
    """What becomes of asynchronous events (ASYNC-RETRY-DEFAULT, ASYNC-AGE, ASYNC-DLQ, ...)."""

    max_retry_attempts: int | None = None
    max_event_age: int | None = None
    dead_letter: str | None = None
    on_success: str | None = None
    on_failure: str | None = None
    span: Span | None = _span()


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
    span: Span | None = _span()

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
    span: Span | None = _span()


@frozen
class Topic:
    """An SNS topic."""

    name: str
    fifo: bool = False
    span: Span | None = _span()


@frozen
class Bucket:
    """An S3 bucket."""

    name: str
    span: Span | None = _span()


@frozen
class Table:
    """A DynamoDB table with a stream."""

    name: str
    span: Span | None = _span()


@frozen
class Stream:
    """A Kinesis data stream."""

    name: str
    retention: int | None = None
    span: Span | None = _span()


@frozen
class Bus:
    """An EventBridge event bus."""

    name: str
    span: Span | None = _span()


@frozen
class External:
    """A service outside Lambda that reacts to what it is sent: lineage never passes through."""

    name: str
    emits: tuple[Emission, ...] = ()
    span: Span | None = _span()


Channel = Queue | Topic | Bucket | Table | Stream | Bus | External


@frozen
class QueueMapping:
    """A Lambda event source mapping that polls an SQS queue."""

    source: str
    function: str
    batch_size: int | None = None
    partial_batch: bool = False
    enabled: bool = True
    span: Span | None = _span()


@frozen
class StreamMapping:
    """A Lambda event source mapping that reads a table's stream or a Kinesis stream."""

    source: str
    function: str
    batch_size: int | None = None
    max_retry_attempts: int | None = None
    max_record_age: int | None = None
    bisect: bool = False
    partial_batch: bool = False
    on_failure: str | None = None
    enabled: bool = True
    span: Span | None = _span()


@frozen
class Subscription:
    """An SNS subscription of a function or queue."""

    source: str
    target: str
    dead_letter: str | None = None
    span: Span | None = _span()


@frozen
class Notification:
    """An S3 event notification to a function, queue or topic."""

    source: str
    target: str
    events: tuple[str, ...] = ("ObjectCreated:*",)
    prefix: str = ""
    suffix: str = ""
    span: Span | None = _span()


@frozen
class Rule:
    """One target of an EventBridge rule."""

    source: str
    target: str
    enabled: bool = True
    span: Span | None = _span()


Trigger = QueueMapping | StreamMapping | Subscription | Notification | Rule


@frozen
class Entry:
    """A place where events from outside arrive, and the integers they carry (others read as 0)."""

    to: str
    payload: tuple[tuple[str, int], ...] = ()
    span: Span | None = _span()


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
    span: Span | None = _span()

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
