"""EventBridge: rules, their targets, and one bus that is the target of another.

Says: every enabled rule whose pattern lets an event through passes it to its target (EB-PATTERN,
EB-TARGETS); the hand-over is retried, which runs nothing, and goes to the target's dead-letter
queue if it cannot be done (EB-RETRY, EB-DLQ); what came from another bus is not passed to a third
one (EB-SELFBUS); a bucket's events arrive on the default bus (S3-EB). No lineage survives a bus.
Leaves out: replays of an archive, which a person starts (EB-ARCHIVE): an event from outside.
Chosen: a rule whose target is its own bus is a loop (EB-SELFBUS says nothing of it); the guard that
EventBridge's metrics hint at is not relied on (EB-LOOPWARN, EB-DEADLETTERINV); a rule without a bucket takes
every event of the bus.
"""

from __future__ import annotations

from collections.abc import Iterator

from lambdaspec.architecture.elements import Bus, Rule
from lambdaspec.architecture.keys import event_can_match, key_can_match
from lambdaspec.semantics.invocation import passes
from lambdaspec.semantics.state import Change, Entity, Handover, Notice
from lambdaspec.semantics.world import World


def spread(world: World, notice: Notice) -> Change:
    """Pass an event on to the targets of all rules that take it."""
    sent: list[Entity] = []
    for rule in world.rules(notice.channel):
        if not takes(rule, notice) or not passes(rule.filter, notice.payload):
            continue
        away = isinstance(world.architecture.element(rule.target), Bus)
        away = away and rule.target != notice.channel
        if not (away and notice.relayed):
            sent += deliver(world, rule, notice, relayed=away or notice.relayed)
    return Change("EB-RETRY", (notice,), tuple(sent))


def pass_on(world: World, notice: Notice, rule_id: str) -> Change:
    """Pass an event on to every target whose filter takes it: what schedules, IoT and logs do."""
    rules = [r for r in world.rules(notice.channel) if passes(r.filter, notice.payload)]
    sent = [e for rule in rules for e in deliver(world, rule, notice, relayed=False)]
    return Change(rule_id, (notice,), tuple(sent))


def takes(rule: Rule, notice: Notice) -> bool:
    """Whether a rule's pattern fits where an event comes from."""
    if rule.bucket is None:
        return True
    fits = key_can_match(notice.key, rule.prefix, rule.suffix)
    return notice.origin == rule.bucket and fits and event_can_match(notice.event, rule.events)


def deliver(world: World, rule: Rule, notice: Notice, *, relayed: bool) -> Iterator[Entity]:
    """An event on its way to a rule's target."""
    if rule.dead_letter is not None:
        yield Handover(notice.channel, rule.target, notice.payload, relayed=relayed)
    else:
        yield from world.send(rule.target, notice.payload, (), relayed=relayed)
