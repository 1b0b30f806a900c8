"""Where the flow sees what is in flight on the machine: a site, and the counters there."""

from __future__ import annotations

from lambdaspec.flow.graph import (
    AGE,
    ATTEMPTS,
    COPIES,
    HISTORY,
    LINEAGE,
    RECEIVES,
    REDRIVES,
    SPLITS,
    Flow,
    Kind,
    Site,
    notice_detail,
    payload_counter,
)
from lambdaspec.kernel.counters import Counter, Values
from lambdaspec.semantics import invocation as running
from lambdaspec.semantics.state import (
    REDRIVEN,
    AsyncEvent,
    Counts,
    Entity,
    Execution,
    FifoGroup,
    Handover,
    Invocation,
    Message,
    Notice,
    Request,
    Shard,
)


def site_of(entity: Entity, flow: Flow) -> tuple[Site, Values] | None:
    """Where the flow sees an entity, and with which counters; None if it is not one event."""
    match entity:
        case Message():
            clocks = {(AGE, ""): entity.age, (COPIES, ""): entity.twins}
            if flow.settings.max_receives(entity.queue) is not None:
                clocks[RECEIVES, ""] = entity.receives
            return _config(
                flow, Site(Kind.QUEUE, entity.queue), entity.payload, entity.lineage, clocks
            )
        case FifoGroup(items=items) if items:
            return site_of(items[0], flow)
        case AsyncEvent():
            kind = Kind.TRIED if entity.attempts else Kind.ASYNC
            clocks = {(ATTEMPTS, ""): entity.attempts, (COPIES, ""): entity.twins}
            return _config(
                flow, Site(kind, entity.function), entity.payload, entity.lineage, clocks
            )
        case Notice():
            detail = notice_detail(entity.key, entity.event, entity.origin, entity.relayed)
            return _config(
                flow, Site(Kind.NOTICE, entity.channel, detail), entity.payload, entity.lineage, {}
            )
        case Handover():
            relayed = ("relayed",) if entity.relayed else ()
            site = Site(Kind.HANDOVER, entity.source, (entity.target, *relayed))
            return _config(flow, site, entity.payload, entity.lineage, {})
        case Invocation():
            inner = running.innermost(entity)
            site = Site(Kind.RUN, inner.function)
            return _config(flow, site, inner.records[0], inner.lineage, {})
        case Shard():
            return _shard_config(flow, entity)
        case Request():
            site = Site(Kind.REQUEST, entity.route)
            return _config(flow, site, entity.payload, (), {(ATTEMPTS, ""): entity.attempts})
        case Execution():
            site = Site(Kind.EXECUTION, entity.workflow, (entity.task, entity.phase.value))
            clocks = {
                (ATTEMPTS, ""): entity.tried,
                (HISTORY, ""): entity.history,
                (AGE, ""): entity.age,
                (COPIES, ""): entity.twins,
            }
            return _config(flow, site, entity.payload, (), clocks)
        case _:
            return None


def _shard_config(flow: Flow, shard: Shard) -> tuple[Site, Values] | None:
    if not (shard.stuck or shard.waiting):
        return None
    mapping = flow.settings.stream_mappings[shard.mapping]
    clocks: dict[Counter, int] = {}
    if shard.stuck:
        batch = shard.stuck[0]
        clocks = {(AGE, ""): batch.age, (SPLITS, ""): batch.splits}
        if flow.settings.record_retries(mapping) is not None:
            clocks[ATTEMPTS, ""] = batch.attempts
        record = batch.records[0]
    else:
        record = shard.waiting[0]
    site = Site(Kind.RECORD, mapping.source, (shard.mapping,))
    return _config(flow, site, record.payload, (), clocks)


def _config(
    flow: Flow, site: Site, payload: Counts, lineage: Counts, clocks: dict[Counter, int]
) -> tuple[Site, Values]:
    values: dict[Counter, int] = {(LINEAGE, name): count for name, count in lineage}
    for name, value in payload:
        if name in flow.signs:
            values[payload_counter(name)] = flow.signs[name] * value
        elif name == REDRIVEN:
            values[REDRIVES, ""] = value
    values.update(clocks)
    return site, {counter: value for counter, value in values.items() if value}
