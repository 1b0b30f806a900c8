"""SNS topics, S3 buckets, EventBridge buses and outside services: they pass on what they are told.

Says: every subscription of a topic gets a copy (SNS-FANOUT); functions are invoked asynchronously,
so that SNS, S3 and EventBridge never see a function's errors (SNS-LAMBDA-ASYNC, S3-TARGETS,
EB-RETRY); a subscription's dead-letter queue gets what SNS could not deliver (SNS-SUBDLQ); a
bucket notifies where event type, prefix and suffix fit (S3-EVENTS, S3-FILTER); a rule target may be
a queue, a topic, a function or another bus.
Leaves out: filter policies and event patterns (more behaviours), server-side delivery retries,
which invoke nothing (SNS-RETRY-AWS), and duplicates.
Chosen: a key that is not wholly known matches if it can; topics keep the lineage (SNS-TRACE), a
bucket's events too (REC-SVC), and integers of the payload travel with the object (PAYLOAD-S3).
"""

from __future__ import annotations

from collections.abc import Iterator

from lambdaspec.architecture.elements import Bucket, Bus, External, Topic
from lambdaspec.architecture.keys import event_can_match, key_can_match
from lambdaspec.semantics.invocation import holds, updated
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
            sent: list[Entity] = []
            for rule in world.rules(notice.channel):
                sent += world.send(rule.target, notice.payload, ())
            return Change("EB-RETRY", (notice,), tuple(sent))
        case External():
            return Change("BREAK-SPAWN", (notice,), tuple(_reaction(world, channel, notice)))
        case _:
            raise ValueError(f"{notice.channel} passes nothing on")


def _to_subscriptions(world: World, notice: Notice) -> Iterator[Entity]:
    for subscription in world.subscriptions(notice.channel):
        target = subscription.target
        if subscription.dead_letter is None:
            yield from world.send(target, notice.payload, notice.lineage)
        else:
            yield Handover(notice.channel, target, notice.payload, notice.lineage)


def _to_notified(world: World, notice: Notice) -> Iterator[Entity]:
    for one in world.notifications(notice.channel):
        fits = key_can_match(notice.key, one.prefix, one.suffix)
        if fits and event_can_match(notice.event, one.events):
            yield from world.send(one.target, notice.payload, notice.lineage)


def _reaction(world: World, service: External, notice: Notice) -> Iterator[Entity]:
    for emission in service.emits:
        if holds(emission.when, notice.payload):
            payload = updated(emission.updates, notice.payload)
            for _ in range(emission.times):
                yield from world.send(emission.to, payload, (), emission.key, emission.event)


def hand_over(world: World, action: HandOver) -> Change | None:
    """SNS delivers to a subscription, or gives up and uses its dead-letter queue."""
    handover = action.handover
    for subscription in world.subscriptions(handover.source):
        if subscription.target == handover.target and subscription.dead_letter is not None:
            break
    else:
        return None
    if not action.bounced:
        sent = world.send(handover.target, handover.payload, handover.lineage)
        return Change("SNS-FANOUT", (handover,), sent)
    lineage = handover.lineage if world.readings.subscription_dlq_keeps_lineage else ()
    dropped = Message(subscription.dead_letter, handover.payload, lineage)
    return Change("SNS-SUBDLQ", (handover,), (dropped,))
