"""Topics, buckets, buses and outside services in the flow: they pass on what they are told."""

from __future__ import annotations

from lambdaspec.architecture.elements import Bucket, Bus, External, Subscription, Topic
from lambdaspec.architecture.keys import event_can_match, key_can_match
from lambdaspec.flow.graph import FRESH, LINEAGE, Flow, Kind, Rank, Role, Site, Step
from lambdaspec.flow.sending import arrivals, emission_effect, record_effect
from lambdaspec.semantics.assumptions import SNS_LINEAGE_DLQ


def expand_notice(flow: Flow, number: int, site: Site) -> None:
    """Something a channel was told and has not passed on yet; everything that listens gets it."""
    hops: list[int] = []
    channel = flow.settings.architecture.channels[site.element]
    match channel:
        case Topic():
            for subscription in flow.settings.subscriptions(site.element):
                hops += _subscription(flow, number, subscription)
        case Bucket():
            key, event = site.detail
            for one in flow.settings.notifications(site.element):
                fits = key_can_match(key, one.prefix, one.suffix)
                if fits and event_can_match(event, one.events):
                    hops += _passed(flow, number, one.target, "S3-DELIVERY")
        case Bus():
            for rule in flow.settings.rules(site.element):
                hops += _passed(flow, number, rule.target, "EB-RETRY")
        case External():
            hops += _reaction(flow, number, channel)
        case _:
            raise TypeError(f"{site} passes nothing on")
    if hops:
        flow.play(number, Rank.SUCCESS, hops)


def _passed(flow: Flow, number: int, target: str, rule: str) -> list[int]:
    effect = record_effect(flow, target, keeps_payload=True)
    return [
        flow.add(Step(number, place, Role.PASS, effect, rule=rule))
        for place in arrivals(flow, target, event="")
    ]


def _subscription(flow: Flow, number: int, subscription: Subscription) -> list[int]:
    if subscription.dead_letter is None:
        return _passed(flow, number, subscription.target, "SNS-FANOUT")
    way = flow.site(Kind.HANDOVER, subscription.source, subscription.target)
    return [flow.add(Step(number, way, Role.PASS, rule="SNS-FANOUT", trigger=subscription))]


def expand_handover(flow: Flow, number: int, site: Site) -> None:
    """A message on its way to a subscription that has a dead-letter queue."""
    target = site.detail[0]
    delivered = _passed(flow, number, target, "SNS-FANOUT")
    flow.play(number, Rank.SUCCESS, delivered)
    for subscription in flow.settings.subscriptions(site.element):
        if subscription.target == target and subscription.dead_letter is not None:
            keeps = flow.settings.readings.subscription_dlq_keeps_lineage
            resets = FRESH if keeps else FRESH | {LINEAGE}
            bounce = Step(
                number,
                flow.site(Kind.QUEUE, subscription.dead_letter),
                Role.BOUNCE,
                flow.effect(resets=resets),
                rule="SNS-SUBDLQ",
                trigger=subscription,
                assumption=SNS_LINEAGE_DLQ.id,
            )
            flow.play(number, Rank.REFUSAL, [flow.add(bounce)])


def _reaction(flow: Flow, number: int, service: External) -> list[int]:
    hops = []
    for position, emission in enumerate(service.emits):
        effect = emission_effect(flow, emission, lineage=False, called=False)
        for target in arrivals(flow, emission.to, emission.key, emission.event):
            step = Step(
                number,
                target,
                Role.EMIT,
                effect,
                times=emission.times,
                rule="BREAK-SPAWN",
                emission=emission,
                position=position,
            )
            hops.append(flow.add(step))
    return hops
