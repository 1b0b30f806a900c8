"""Recursive loop detection: how a chain counts, who is refused, which SDK passes the count on.

Says: detection is on unless switched off (REC-ON); each function counts its invocations by one chain (REC-WHICH), a `Terminate` function whose
count has reached the cutoff is not invoked again (REC-THRESH), a batch counts as the maximum of its
messages (REC-BATCH), a retry does not count (REC-RETRY-NOTREC), and only a supported SDK passes
the lineage on (SDK-MIN, SDK-BUNDLED). Another chain's count is another one (REC-OTHERTRIG).
Leaves out: the counts of `Allow` functions, which nothing reads (REC-MODE), and of pipes, which
are no functions of Lambda.
Chosen: the counter is kept per function, whatever its version (REC-MODE-SCOPE); counts of different
functions in a batch are merged one by one (REC-BATCH).
"""

from __future__ import annotations

from collections.abc import Iterable

from lambdaspec.architecture.elements import RecursiveLoop
from lambdaspec.semantics.state import Counts, counts
from lambdaspec.semantics.world import World


def admit(world: World, function: str, lineage: Counts) -> Counts | None:
    """The lineage of a new invocation of `function` by a chain, or None when it is refused."""
    element = world.function(function)
    if element.recursive_loop is RecursiveLoop.ALLOW or element.is_pipe:
        return lineage
    seen = dict(lineage)
    if seen.get(function, 0) >= world.scale.cutoff:
        return None
    seen[function] = seen.get(function, 0) + 1
    return counts(seen)


def merge(lineages: Iterable[Counts]) -> Counts:
    """The lineage of a batch: for each function the maximum over its messages (REC-BATCH)."""
    merged: dict[str, int] = {}
    for lineage in lineages:
        for function, count in lineage:
            merged[function] = max(merged.get(function, 0), count)
    return counts(merged)


def passed_on(world: World, function: str, lineage: Counts) -> Counts:
    """The lineage that arrives where the function writes: all of it or nothing (SDK-MIN)."""
    return lineage if world.passes_lineage(world.function(function)) else ()
