"""SNS topics, S3 buckets, outside services and deliveries that may bounce.

Says: every subscription of a topic gets a copy (SNS-FANOUT) that its filter policy lets through
(SNS-FILTER); functions are invoked asynchronously, so that SNS and S3 never see a function's errors
(SNS-LAMBDA-ASYNC, S3-TARGETS); a subscription's dead-letter queue gets what SNS could not deliver
(SNS-SUBDLQ, SNS-CLIENTERR); a bucket notifies where event type, prefix and suffix fit (S3-EVENTS,
S3-FILTER), whoever wrote the object and whether or not it was there before (S3-WARN,
S3-NOFILTER-META).
Leaves out: server-side delivery retries, which invoke nothing (SNS-RETRY-AWS).
Chosen: a key that is not wholly known matches if it can, an opaque filter lets everything through;
topics keep the lineage (SNS-TRACE), a bucket's events too (REC-SVC), and integers of the payload
travel with the object (PAYLOAD-S3).
"""

from __future__ import annotations

from collections.abc import Iterator

from lambdaspec.architecture.elements import Bucket, Bus, External, Rule, Subscription, Topic
from lambdaspec.architecture.keys import event_can_match, key_can_match
from lambdaspec.architecture.services import IotTopic, LogGroup, Schedule
from lambdaspec.semantics import buses, iot, logs, schedules
from lambdaspec.semantics.invocation import holds, passes, updated
from lambdaspec.semantics.state import (
    Action,
    Change,
    Entity,
    HandOver,
    Handover,
    Message,
    Notice,
    Spread,
)
from lambdaspec.semantics.world import World


def actions(entity: Notice | Handover) -> Iterator[Action]:
    """What may happen to a notice, or to a message on its way to a subscription."""
    if isinstance(entity, Notice):
        yield Spread(entity)
    else:
        yield HandOver(entity, bounced=False)
        yield HandOver(entity, bounced=True)


def spread(world: World, notice: Notice) -> Change:
    """Pass a notice on to everything that listens."""
    channel = world.architecture.channels[notice.channel]
    match channel:
        case Topic():
            return Change("SNS-FANOUT", (notice,), tuple(_to_subscriptions(world, notice)))
        case Bucket():
            return Change("S3-DELIVERY", (notice,), tuple(_to_notified(world, notice)))
        case Bus():
            return buses.spread(world, notice)
        case Schedule():
            return schedules.spread(world, notice)
        case IotTopic():
            return iot.spread(world, notice)
        case LogGroup():
            return logs.spread(world, notice)
        case External():
            return Change("BREAK-SPAWN", (notice,), tuple(_reaction(world, channel, notice)))
        case _:
            raise ValueError(f"{notice.channel} passes nothing on")


def _to_subscriptions(world: World, notice: Notice) -> Iterator[Entity]:
    for subscription in world.subscriptions(notice.channel):
        target = subscription.target
        if not passes(subscription.filter, notice.payload):
            continue
        if subscription.dead_letter is None:
            yield from world.send(target, notice.payload, notice.lineage)
        else:
            yield Handover(notice.channel, target, notice.payload, notice.lineage)


def _to_notified(world: World, notice: Notice) -> Iterator[Entity]:
    for one in world.notifications(notice.channel):
        fits = key_can_match(notice.key, one.prefix, one.suffix)
        if fits and event_can_match(notice.event, one.events):
            yield from world.send(
                one.target,
                notice.payload,
                notice.lineage,
                notice.key,
                notice.event,
                origin=notice.channel,
            )


def _reaction(world: World, service: External, notice: Notice) -> Iterator[Entity]:
    for emission in service.emits:
        if holds(emission.when, notice.payload):
            payload = updated(emission.updates, notice.payload)
            for _ in range(emission.times):
                yield from world.send(emission.to, payload, (), emission.key, emission.event)


def hand_over(world: World, action: HandOver) -> Change | None:
    """Deliver to a subscription or a rule's target, or give up and use its dead-letter queue."""
    handover = action.handover
    listeners = [
        one
        for one in world.triggers(handover.source)
        if isinstance(one, Subscription | Rule) and one.target == handover.target
    ]
    listener = next((one for one in listeners if one.dead_letter is not None), None)
    if listener is None or listener.dead_letter is None:
        return None
    by_topic = isinstance(listener, Subscription)
    if not action.bounced:
        sent = world.send(
            handover.target, handover.payload, handover.lineage, relayed=handover.relayed
        )
        return Change("SNS-FANOUT" if by_topic else "EB-RETRY", (handover,), sent)
    kept = world.readings.subscription_dlq_keeps_lineage
    lineage = handover.lineage if kept else ()
    dropped = Message(listener.dead_letter, handover.payload, lineage)
    return Change("SNS-SUBDLQ" if by_topic else "EB-DLQ", (handover,), (dropped,))
