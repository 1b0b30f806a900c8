"""Rules in the flow: buses, and what else passes events on by rules with dead-letter queues."""

from __future__ import annotations

from lambdaspec.architecture.elements import Bus, Rule
from lambdaspec.architecture.keys import event_can_match, key_can_match
from lambdaspec.flow.graph import Flow, Site
from lambdaspec.flow.sending import on_its_way, passed, payload_guards


def rules(flow: Flow, number: int, site: Site) -> list[int]:
    """Hops to the targets of all rules of a bus that take what arrives there."""
    hops: list[int] = []
    relayed = site.detail == ("relayed",)
    for rule in flow.settings.rules(site.element):
        if not _takes(rule, site.detail):
            continue
        away = isinstance(flow.settings.architecture.element(rule.target), Bus)
        away = away and rule.target != site.element
        if not (away and relayed):
            hops += deliver(flow, number, rule, relayed=away or relayed)
    return hops


def _takes(rule: Rule, detail: tuple[str, ...]) -> bool:
    if rule.bucket is None:
        return True
    if len(detail) != 3:
        return False
    key, event, origin = detail
    fits = key_can_match(key, rule.prefix, rule.suffix)
    return origin == rule.bucket and fits and event_can_match(event, rule.events)


def deliver(flow: Flow, number: int, rule: Rule, *, relayed: bool) -> list[int]:
    """Hops to one target; with a dead-letter queue they can still fail (EB-DLQ)."""
    fits = payload_guards(flow, rule.filter.when)
    if rule.dead_letter is not None:
        return [on_its_way(flow, number, rule, "EB-RETRY", fits, relayed=relayed)]
    return passed(flow, number, rule.target, "EB-RETRY", fits, relayed=relayed)
