"""Duplicates in the flow: the event stays where it is, and a copy that is not copied stays beside it."""

from __future__ import annotations

from collections.abc import Iterable

from lambdaspec.flow.graph import COPIES, Flow, Rank, Role, Step
from lambdaspec.kernel.counters import Guard

COPY = (COPIES, "")


def duplicate(flow: Flow, number: int, rule: str, guards: Iterable[Guard] = ()) -> None:
    """The hops by which what rests at a site is delivered once more (ASYNC-DUP, SQS-ATLEAST)."""
    most = flow.settings.scale.duplicates
    if not most:
        return
    due = [*guards, Guard(COPY, below=most)]
    more = Step(number, number, Role.DUPLICATE, flow.effect(due, adds=[(COPY, 1)]), rule=rule)
    copy = Step(number, number, Role.DUPLICATE, flow.effect(due, assigns=[(COPY, most)]), rule=rule)
    flow.play(number, Rank.FAILURE, [flow.add(more), flow.add(copy)])
