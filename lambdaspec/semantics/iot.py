"""IoT rules: what is published to an MQTT topic, and republished.

Says: the rules of a topic invoke functions asynchronously, write to queues and topics, or
publish again, even to a topic that they listen to themselves (IOT-LOOP). No lineage survives.
Leaves out: the SQL of a rule, other than a filter on integers.
Chosen: a rule's error action is its dead letter.
"""

from __future__ import annotations

from lambdaspec.semantics.buses import deliver
from lambdaspec.semantics.invocation import passes
from lambdaspec.semantics.state import Change, Notice
from lambdaspec.semantics.world import World


def spread(world: World, notice: Notice) -> Change:
    """A message arrives at a topic's rules."""
    rules = [r for r in world.rules(notice.channel) if passes(r.filter, notice.payload)]
    sent = [e for rule in rules for e in deliver(world, rule, notice, relayed=False)]
    return Change("IOT-LOOP", (notice,), tuple(sent))
