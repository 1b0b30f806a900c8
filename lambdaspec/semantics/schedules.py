"""EventBridge Scheduler: schedules that a function creates, and that fire later.

Says: a schedule hands its event to its target, with retries that run nothing and a
dead-letter queue for what cannot be delivered (SCHED-RETRY). No lineage survives.
Leaves out: when it fires: later is soon enough. A rate or a cron expression is an event from
outside at each firing (SCHED-RATE).
Chosen: every creation fires once.
"""

from __future__ import annotations

from lambdaspec.semantics.buses import deliver
from lambdaspec.semantics.invocation import passes
from lambdaspec.semantics.state import Change, Notice
from lambdaspec.semantics.world import World


def spread(world: World, notice: Notice) -> Change:
    """A schedule fires."""
    rules = [r for r in world.rules(notice.channel) if passes(r.filter, notice.payload)]
    sent = [e for rule in rules for e in deliver(world, rule, notice, relayed=False)]
    return Change("SCHED-RETRY", (notice,), tuple(sent))
