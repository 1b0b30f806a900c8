"""IoT rules: what is published to an MQTT topic, and republished.

Says: the rules of a topic invoke functions asynchronously, write to queues and topics, or
publish again, even to a topic that they listen to themselves (IOT-LOOP). No lineage survives.
Leaves out: the SQL of a rule, other than a filter on integers.
Chosen: a rule's error action is its dead letter.
"""

from __future__ import annotations

from lambdaspec.semantics.buses import pass_on
from lambdaspec.semantics.state import Change, Notice
from lambdaspec.semantics.world import World


def spread(world: World, notice: Notice) -> Change:
    """A message arrives at a topic's rules."""
    return pass_on(world, notice, "IOT-LOOP")
