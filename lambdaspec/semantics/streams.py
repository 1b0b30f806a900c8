"""Table streams and Kinesis streams: shards that block, retries, bisection, age.

Says: a failed batch blocks its shard (STR-BLOCK) and is tried again MaximumRetryAttempts times, by
default until it expires (STR-RETRY, STR-AGE, DDB-RET, KIN-RET); with bisection a failed batch of
more than one record is halved first, which uses up no retry (STR-BISECT); with partial responses
everything from the first failed record on is tried again (STR-RBIF). What is given up goes to the
on-failure destination as metadata, or is discarded (STR-DEST). A filter skips records that do not
match (STR-FILTER). Kafka, Amazon MQ and DocumentDB are read likewise, with their own defaults:
KAFKA-RETRY, KAFKA-OLD, MQ-RETRY, DOCDB-RETRY; and so does a pipe (PIPE-STREAM).
Leaves out: parallel batches of one shard (STR-PAR), tumbling windows (STR-TUMBLE), throttled
attempts one by one (STR-RETRY-NOTTHROTTLE: they end in expiry, which is here).
Chosen: one shard per mapping; an attempt takes at least 1 ms, the least that Lambda bills
(STR-PACE); a batch may be filled up with records of other events; the on-failure destination has
neither lineage nor the payload's integers.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from lambdaspec.architecture.elements import StreamMapping
from lambdaspec.semantics.invocation import can_stop, passes, started
from lambdaspec.semantics.recursion import admit
from lambdaspec.semantics.state import (
    Action,
    AgeOut,
    Batch,
    Change,
    Entity,
    Invocation,
    Poll,
    Record,
    Shard,
    ShardBatch,
    Skip,
    State,
    wrapped,
)
from lambdaspec.semantics.world import World

MOST_STRANGERS = 3
"""Up to this many strangers every number of them is explored, beyond it only none and all."""


def actions(world: World, shard: Shard) -> Iterator[Action]:
    """What may happen to a shard."""
    if shard.busy or not (shard.stuck or shard.waiting):
        return
    mapping = world.stream_mappings[shard.mapping]
    if not shard.stuck and can_stop(mapping.filter, shard.waiting[0].payload):
        yield Skip(shard)
    if not world.function(mapping.function).switched_off:
        if shard.stuck:
            yield Poll(shard)
        else:
            size = world.batch_size(mapping)
            for count in range(1, min(size, len(shard.waiting)) + 1):
                if not passes(mapping.filter, shard.waiting[count - 1].payload):
                    break
                yield from (Poll(shard, count, n) for n in _strangers(mapping, size - count))
    if world.record_age(mapping) is not None:
        yield AgeOut(shard)


def skip(world: World, shard: Shard) -> Change | None:
    """The mapping reads past a record that its filter does not let through."""
    mapping = world.stream_mappings[shard.mapping]
    if shard.busy or shard.stuck or not shard.waiting:
        return None
    if not can_stop(mapping.filter, shard.waiting[0].payload):
        return None
    after = evolve(shard, waiting=shard.waiting[1:])
    return Change("STR-FILTER", (shard,), (after,), lost=(("STR-FILTER", shard.waiting[0]),))


def _strangers(mapping: StreamMapping, room: int) -> list[int]:
    """How many records of others to read along: only bisection makes a difference of it."""
    if not mapping.bisect:
        return [0]
    return list(range(room + 1)) if room <= MOST_STRANGERS else [0, room]


def poll(world: World, action: Poll) -> Change | None:
    """Read a batch and run the function on it."""
    shard = action.shard
    mapping = world.stream_mappings[shard.mapping]
    if shard.busy or world.function(mapping.function).switched_off:
        return None
    if shard.stuck:
        batch, after = shard.stuck[0], evolve(shard, stuck=shard.stuck[1:], busy=True)
    else:
        most = min(world.batch_size(mapping), len(shard.waiting))
        if not 1 <= action.count <= most:
            return None
        if not 0 <= action.strangers <= world.batch_size(mapping) - action.count:
            return None
        batch = Batch(shard.waiting[: action.count], action.strangers)
        if not all(passes(mapping.filter, record.payload) for record in batch.records):
            return None
        after = evolve(shard, waiting=shard.waiting[action.count :], busy=True)
    lineage = admit(world, mapping.function, ())
    if lineage is None:
        return None
    payloads = tuple(record.payload for record in batch.records)
    run = Invocation(mapping.function, ShardBatch(shard.mapping, batch), payloads, lineage)
    return Change("STR-BLOCK", (shard,), (run, after), started(world, mapping.function))


def finished(
    world: World, state: State, run: Invocation, source: ShardBatch, failed: tuple[int, ...] | None
) -> Change:
    """The function is done with a batch; None: it failed, otherwise from `failed[0]` on."""
    shard = shard_of(state, source.mapping)
    if failed == ():
        return Change("STR-BLOCK", (run, shard), (evolve(shard, busy=False),))
    batch = source.batch
    if failed is not None:
        batch = evolve(batch, records=batch.records[failed[0] :])
    mapping = world.stream_mappings[source.mapping]
    most, retries = world.record_age(mapping), world.record_retries(mapping)
    pace = 0 if most is None else world.scale.stream_pace
    older = evolve(batch, age=batch.age + pace)
    expired = most is not None and older.age >= most
    if mapping.bisect and batch.size > 1 and failed is None and not expired:
        halves = _halves(older)
        return _stuck(run, shard, halves, "STR-BISECT")
    counted = most is not None or retries is not None
    again = evolve(older, attempts=batch.attempts + counted)
    if expired or (retries is not None and again.attempts > retries):
        sent, lost = _given_up(world, source.mapping, batch.records)
        after = (evolve(shard, busy=False), *sent)
        return Change("STR-DEST", (run, shard), after, lost=lost)
    return _stuck(run, shard, (again,), "STR-RETRY")


def _stuck(run: Invocation, shard: Shard, batches: tuple[Batch, ...], rule: str) -> Change:
    after = evolve(shard, stuck=batches + shard.stuck, busy=False)
    return Change(rule, (run, shard), (after,))


def _halves(batch: Batch) -> tuple[Batch, ...]:
    """Both halves that hold a record of ours; the first is the larger one."""
    first = (batch.size + 1) // 2
    left = batch.records[:first]
    right = batch.records[first:]
    split = evolve(batch, splits=batch.splits + 1)
    halves = (
        evolve(split, records=left, strangers=first - len(left)),
        evolve(split, records=right, strangers=batch.size - first - len(right)),
    )
    return tuple(half for half in halves if half.records)


def age_out(world: World, shard: Shard) -> Change | None:
    """What blocks the shard, or waits first in it, expires without another attempt."""
    if shard.busy or not (shard.stuck or shard.waiting):
        return None
    if world.record_age(world.stream_mappings[shard.mapping]) is None:
        return None
    if shard.stuck:
        records, after = shard.stuck[0].records, evolve(shard, stuck=shard.stuck[1:])
    else:
        records, after = shard.waiting[:1], evolve(shard, waiting=shard.waiting[1:])
    sent, lost = _given_up(world, shard.mapping, records)
    return Change("STR-AGE", (shard,), (after, *sent), lost=lost)


def _given_up(
    world: World, mapping: str, records: tuple[Record, ...]
) -> tuple[tuple[Entity, ...], tuple[tuple[str, Entity], ...]]:
    """What is written about records that are given up, and what is lost of them."""
    target = world.stream_mappings[mapping].on_failure
    if target is None:
        return (), tuple(("STR-DEST", record) for record in records)
    payload = wrapped(*(record.payload for record in records))
    return world.send(target, payload, (), event="ObjectCreated:Put"), ()


def shard_of(state: State, mapping: str) -> Shard:
    """The shard as the mapping sees it."""
    for entity in state.entities:
        if isinstance(entity, Shard) and entity.mapping == mapping:
            return entity
    return Shard(mapping)


def arrived(state_shard: Shard, record: Record) -> Shard:
    """The shard after one more record was written to it."""
    return evolve(state_shard, waiting=(*state_shard.waiting, record))
