"""What a system state is made of, and everything that may happen to it.

A state is a multiset of things in flight: messages, events, records, notices, running functions.
Equal things are interchangeable, so they carry no identity; a trace gives them names (`narrate`).
Times are in milliseconds. Integers of a payload and counts of a lineage that are 0 are not stored.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from attrs import frozen

Counts = tuple[tuple[str, int], ...]
"""Sorted (name, integer) pairs: a payload, or a lineage (function, invocations by this chain)."""


def counts(pairs: dict[str, int]) -> Counts:
    """The canonical form: sorted, without zeros."""
    return tuple(sorted((name, value) for name, value in pairs.items() if value))


REDRIVEN = "~redriven"
"""An integer that every hop keeps and no guard can name: how often a person moved the event on."""


def wrapped(*payloads: Counts) -> Counts:
    """What is left of payloads when a service wraps them in a record of its own (PAYLOAD-WRAP)."""
    kept: dict[str, int] = {}
    for payload in payloads:
        for name, value in payload:
            if name.startswith("~"):
                kept[name] = max(kept.get(name, 0), value)
    return counts(kept)


@frozen(cache_hash=True)
class Message:
    """A message that is visible in a queue; `receives` as SQS counts them, `age` since sent.

    `twins` is how often it was duplicated since it was sent, here as below.
    """

    queue: str
    payload: Counts = ()
    lineage: Counts = ()
    receives: int = 0
    age: int = 0
    twins: int = 0


@frozen(cache_hash=True)
class FifoGroup:
    """The messages of a FIFO queue in order; `busy` while the first ones are being processed."""

    queue: str
    items: tuple[Message, ...] = ()
    busy: bool = False


@frozen(cache_hash=True)
class AsyncEvent:
    """An event in Lambda's own queue for a function; `lineage` counts the function once tried."""

    function: str
    payload: Counts = ()
    lineage: Counts = ()
    attempts: int = 0
    age: int = 0
    twins: int = 0


@frozen(cache_hash=True)
class Notice:
    """Something that a channel was told and has not passed on yet.

    On a bus, `origin` is the bucket that it is about, and `relayed` says that another bus sent it.
    """

    channel: str
    payload: Counts = ()
    lineage: Counts = ()
    key: str = ""
    event: str = ""
    origin: str = ""
    relayed: bool = False


@frozen(cache_hash=True)
class Handover:
    """On its way to one subscription or rule target that has a dead-letter queue."""

    source: str
    target: str
    payload: Counts = ()
    lineage: Counts = ()
    relayed: bool = False


@frozen(cache_hash=True)
class Request:
    """A request at a route, after some attempts to have a function answer it."""

    route: str
    payload: Counts = ()
    attempts: int = 0


class Phase(Enum):
    """Where an execution stands with its task."""

    READY = "ready"
    ITEM = "item"
    DONE = "done"


@frozen(cache_hash=True)
class Execution:
    """An execution of a state machine, or one item of its Map, at one of its tasks.

    Attributes:
        tried: attempts at the task that failed.
        history: events so far, of a Standard execution.
        age: ms so far, of an Express execution.

    """

    workflow: str
    task: str
    payload: Counts = ()
    phase: Phase = Phase.READY
    tried: int = 0
    history: int = 0
    age: int = 0
    twins: int = 0


@frozen(cache_hash=True)
class Record:
    """A stream's record, seen by one event source mapping. It carries no lineage."""

    mapping: str
    payload: Counts = ()


@frozen(cache_hash=True)
class Batch:
    """Records that are read together, with `strangers`: records of other events in the batch."""

    records: tuple[Record, ...]
    strangers: int = 0
    attempts: int = 0
    splits: int = 0
    age: int = 0

    @property
    def size(self) -> int:
        """How many records the batch has, strangers included."""
        return len(self.records) + self.strangers


@frozen(cache_hash=True)
class Shard:
    """One shard as one mapping sees it: what waits, and failed batches that block it, in order."""

    mapping: str
    waiting: tuple[Record, ...] = ()
    stuck: tuple[Batch, ...] = ()
    busy: bool = False


@frozen(cache_hash=True)
class QueueBatch:
    """Messages that a mapping handed to a function."""

    mapping: str
    messages: tuple[Message, ...]


@frozen(cache_hash=True)
class ShardBatch:
    """Records that a mapping handed to a function."""

    mapping: str
    batch: Batch


@frozen(cache_hash=True)
class SyncCall:
    """Another function waits for the answer, or has stopped waiting."""


Source = QueueBatch | ShardBatch | AsyncEvent | SyncCall | Request | Execution


@frozen(cache_hash=True)
class Invocation:
    """A function that runs.

    Attributes:
        records: the payloads it was given.
        lineage: what its SDK passes on: the chain's counts including this invocation.
        done: how many of its writes and calls are behind it.
        child: the function it waits for.
        tried: how often it has made the call it makes, and stopped waiting.

    """

    function: str
    source: Source
    records: tuple[Counts, ...]
    lineage: Counts = ()
    done: int = 0
    child: Invocation | None = None
    tried: int = 0


Entity = (
    Message
    | FifoGroup
    | AsyncEvent
    | Notice
    | Handover
    | Record
    | Shard
    | Invocation
    | Request
    | Execution
)


@lru_cache(maxsize=1 << 16)
def _order(entity: Entity) -> str:
    return repr(entity)


@frozen(cache_hash=True)
class State:
    """Everything in flight, in canonical order."""

    entities: tuple[Entity, ...] = ()

    @classmethod
    def of(cls, entities: list[Entity]) -> State:
        """The state with these things in flight."""
        return cls(tuple(sorted(entities, key=_order)))


@frozen
class Deliver:
    """A mapping hands messages to its function; refused if the cutoff says so."""

    mapping: str
    messages: tuple[Message, ...]


@frozen
class Throttle:
    """A mapping finds its function throttled until the messages are visible again."""

    mapping: str
    messages: tuple[Message, ...]


@frozen
class Move:
    """A message that was received too often moves to the dead-letter queue."""

    message: Message


@frozen
class Attempt:
    """Lambda takes an asynchronous event from its queue and runs the function, if it may."""

    event: AsyncEvent


@frozen
class AgeOut:
    """An asynchronous event, or what blocks a shard, becomes too old without another attempt."""

    waiting: AsyncEvent | Shard


@frozen
class Spread:
    """A topic, bucket, bus or outside service passes a notice on to all that listen."""

    notice: Notice


@frozen
class HandOver:
    """A topic hands a message to a subscription, or cannot (`bounced`)."""

    handover: Handover
    bounced: bool


@frozen
class Poll:
    """A mapping reads a shard: a stuck batch again, or `count` waiting records and strangers."""

    shard: Shard
    count: int = 0
    strangers: int = 0


@frozen
class Emit:
    """The innermost running function makes its next write or call."""

    invocation: Invocation


@frozen
class Return:
    """The innermost running function returns; `failed` are the records it reports as failed."""

    invocation: Invocation
    failed: tuple[int, ...] = ()


@frozen
class Fail:
    """The innermost running function raises, times out or crashes."""

    invocation: Invocation


@frozen
class Duplicate:
    """A service delivers something once more than it has to."""

    entity: Message | AsyncEvent | Execution


@frozen
class Discard:
    """A mapping's filter does not let a message through: it is deleted."""

    mapping: str
    message: Message


@frozen
class Skip:
    """A mapping's filter does not let the next record of a shard through."""

    shard: Shard


@frozen
class Serve:
    """A route invokes a function for a request."""

    request: Request
    function: str


@frozen
class Perform:
    """An execution makes the next attempt at its task."""

    execution: Execution


@frozen
class Advance:
    """An execution that is done with a task goes on with another."""

    execution: Execution
    task: str


@frozen
class Abandon:
    """The caller of the innermost function stops waiting for it; it runs on."""

    invocation: Invocation


@frozen
class MoveOn:
    """A person moves a message out of a dead-letter queue."""

    message: Message
    target: str


Action = (
    Deliver
    | Throttle
    | Move
    | Attempt
    | AgeOut
    | Spread
    | HandOver
    | Poll
    | Emit
    | Return
    | Fail
    | Duplicate
    | Discard
    | Skip
    | Serve
    | Perform
    | Advance
    | Abandon
    | MoveOn
)


@frozen
class Change:
    """What an action does to a state.

    Attributes:
        rule: the id of the rule that says so.
        consumed: what is no longer in flight.
        produced: what is in flight instead.
        invoked: the function that started to run, if one did.
        same: pairs (before, after) of one and the same message, event or record.
        lost: what is gone for good without having been processed: (why, what).

    """

    rule: str
    consumed: tuple[Entity, ...]
    produced: tuple[Entity, ...]
    invoked: str | None = None
    same: tuple[tuple[Entity, Entity], ...] = ()
    lost: tuple[tuple[str, Entity], ...] = ()
