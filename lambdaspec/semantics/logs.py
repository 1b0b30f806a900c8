"""CloudWatch Logs: every function logs, and a subscription passes what it logs on.

Says: each run of a function that logs to a subscribed group sends something to the
subscription's target (CWL-LOOP), which is invoked asynchronously. No lineage survives. The
emission that stands for it is added by `lambdaspec.architecture.logs`, which keeps what an
account-level policy leaves out.
Leaves out: delivery retries, which run nothing (CWL-RETRY).
Chosen: a run logs once for each record: fewer deliveries than lines, as lines are delivered
together.
"""

from __future__ import annotations

from lambdaspec.semantics.buses import pass_on
from lambdaspec.semantics.state import Change, Notice
from lambdaspec.semantics.world import World


def spread(world: World, notice: Notice) -> Change:
    """Log events reach the subscription's target."""
    return pass_on(world, notice, "CWL-LOOP")
