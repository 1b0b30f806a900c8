"""EventBridge Scheduler: schedules that a function creates, and that fire later.

Says: a schedule hands its event to its target, with retries that run nothing and a
dead-letter queue for what cannot be delivered (SCHED-RETRY). No lineage survives.
Leaves out: when it fires: later is soon enough. A rate or a cron expression is an event from
outside at each firing (SCHED-RATE).
Chosen: every creation fires once.
"""

from __future__ import annotations

from lambdaspec.semantics.buses import pass_on
from lambdaspec.semantics.state import Change, Notice
from lambdaspec.semantics.world import World


def spread(world: World, notice: Notice) -> Change:
    """A schedule fires."""
    return pass_on(world, notice, "SCHED-RETRY")
