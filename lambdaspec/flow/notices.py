"""Topics, buckets, buses and outside services in the flow: they pass on what they are told."""

from __future__ import annotations

from lambdaspec.architecture.elements import Bucket, Bus, External, Rule, Subscription, Topic
from lambdaspec.architecture.keys import event_can_match, key_can_match
from lambdaspec.architecture.services import IotTopic, LogGroup, Schedule
from lambdaspec.flow import buses
from lambdaspec.flow.graph import FRESH, LINEAGE, Flow, Kind, Rank, Role, Site, Step
from lambdaspec.flow.sending import (
    arrivals,
    emission_effect,
    on_its_way,
    passed,
    payload_guards,
    record_effect,
)
from lambdaspec.semantics.assumptions import SNS_LINEAGE_DLQ


def expand_notice(flow: Flow, number: int, site: Site) -> None:
    """Something a channel was told and has not passed on yet; everything that listens gets it."""
    hops: list[int] = []
    channel = flow.settings.architecture.channels[site.element]
    match channel:
        case Topic():
            for one in flow.settings.subscriptions(site.element):
                fits = payload_guards(flow, one.filter.when)
                if one.dead_letter is None:
                    hops += passed(flow, number, one.target, "SNS-FANOUT", fits)
                else:
                    hops.append(on_its_way(flow, number, one, "SNS-FANOUT", fits))
        case Bucket():
            key, event = site.detail
            for told in flow.settings.notifications(site.element):
                matches = key_can_match(key, told.prefix, told.suffix)
                if matches and event_can_match(event, told.events):
                    effect = record_effect(flow, told.target, keeps_payload=True)
                    places = arrivals(flow, told.target, key, event, origin=site.element)
                    hops += [
                        flow.add(Step(number, place, Role.PASS, effect, rule="S3-DELIVERY"))
                        for place in places
                    ]
        case Bus():
            hops += buses.rules(flow, number, site)
        case Schedule() | IotTopic() | LogGroup():
            for rule in flow.settings.rules(site.element):
                hops += buses.deliver(flow, number, rule, relayed=False)
        case External():
            hops += _reaction(flow, number, channel)
        case _:
            raise TypeError(f"{site} passes nothing on")
    if hops:
        flow.play(number, Rank.SUCCESS, hops)


def expand_handover(flow: Flow, number: int, site: Site) -> None:
    """On its way to a subscription or a rule's target that has a dead-letter queue."""
    target, relayed = site.detail[0], site.detail[1:] == ("relayed",)
    listeners = [
        one
        for one in flow.settings.triggers(site.element)
        if isinstance(one, Subscription | Rule) and one.target == target
    ]
    listener = next((one for one in listeners if one.dead_letter is not None), None)
    if listener is None:
        return  # nothing is on its way here in this configuration (symbolic/superposition.py)
    by_topic = isinstance(listener, Subscription)
    rule = "SNS-FANOUT" if by_topic else "EB-RETRY"
    delivered = passed(flow, number, target, rule, relayed=relayed)
    flow.play(number, Rank.SUCCESS, delivered)
    if listener.dead_letter is None:
        return
    keeps = flow.settings.readings.subscription_dlq_keeps_lineage
    resets = FRESH if keeps else FRESH | {LINEAGE}
    bounce = Step(
        number,
        flow.site(Kind.QUEUE, listener.dead_letter),
        Role.BOUNCE,
        flow.effect(resets=resets),
        rule="SNS-SUBDLQ" if by_topic else "EB-DLQ",
        trigger=listener,
        assumption=SNS_LINEAGE_DLQ.id if by_topic else None,
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
