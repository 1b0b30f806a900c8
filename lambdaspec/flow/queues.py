"""Queues in the flow: deliveries, what comes back, and moves to the dead-letter queue."""

from __future__ import annotations

from lambdaspec.flow.duplicates import duplicate
from lambdaspec.flow.graph import (
    AGE,
    COPIES,
    FRESH,
    LINEAGE,
    RECEIVES,
    REDRIVES,
    Flow,
    Kind,
    Rank,
    Role,
    Site,
    Step,
)
from lambdaspec.flow.sending import admission, invocation_effect, payload_guards
from lambdaspec.kernel.counters import Guard
from lambdaspec.semantics.assumptions import SQS_LINEAGE_DLQ

RECEIVE, CLOCK = (RECEIVES, ""), (AGE, "")


def expand_queue(flow: Flow, number: int, site: Site) -> None:
    """A message that is visible in a queue."""
    queue, settings = site.element, flow.settings
    readers = settings.readers(queue)
    _moves(flow, number, queue)
    if not readers:
        return
    alive = Guard(CLOCK, below=settings.retention(queue))
    most = settings.max_receives(queue)
    plain = [alive] if most is None else [Guard(RECEIVE, below=most), alive]
    older = [(RECEIVE, 1), (CLOCK, settings.visibility(queue))]
    if most is None:  # nothing reads the receives of a queue without a redrive policy
        older = older[1:]
    for _, mapping in readers:
        fits = payload_guards(flow, mapping.filter.when)
        due = [*fits, *plain]
        runs = int(not settings.function(mapping.function).is_pipe)
        function = settings.function(mapping.function)
        if not function.switched_off:
            counted = invocation_effect(flow, mapping.function)
            run = flow.site(Kind.RUN, mapping.function)
            deliver = flow.add(
                Step(
                    number,
                    run,
                    Role.DELIVER,
                    flow.effect([*due, *counted.guards], FRESH, adds=counted.adds),
                    work=bool(runs),
                    cost=runs,
                    rule="SQS-ESM-SYNC",
                    trigger=mapping,
                )
            )
            flow.play(number, Rank.SUCCESS, [deliver])
            if function.can_fail:
                effect = flow.effect([*due, *admission(flow, mapping.function)], adds=older)
                fail = Step(
                    number,
                    number,
                    Role.FAIL,
                    effect,
                    work=bool(runs),
                    rule="SQS-FNERR",
                    trigger=mapping,
                )
                flow.play(number, Rank.FAILURE, [deliver, flow.add(fail)])
        refuse = Step(
            number,
            number,
            Role.REFUSE,
            flow.effect(due, adds=older),
            rule="CUT-SQS",
            trigger=mapping,
        )
        flow.play(number, Rank.REFUSAL, [flow.add(refuse)])
    _redrive(flow, number, queue, alive)
    if not settings.architecture.queue(queue).fifo:
        duplicate(flow, number, "SQS-ATLEAST", plain)


def _moves(flow: Flow, number: int, queue: str) -> None:
    """A person moves the message out of a dead-letter queue; it is a new one (SQS-REDRIVE)."""
    most = flow.settings.scale.redrives
    for task in flow.settings.move_tasks(queue):
        moved = (REDRIVES, "")
        effect = flow.effect([Guard(moved, below=most)], FRESH | {LINEAGE}, adds=[(moved, 1)])
        target = flow.site(Kind.QUEUE, task.target)
        step = Step(number, target, Role.MOVE_ON, effect, rule="SQS-REDRIVE", trigger=task)
        flow.play(number, Rank.REFUSAL, [flow.add(step)])


def _redrive(flow: Flow, number: int, queue: str, alive: Guard) -> None:
    """Receives start again; the clock does so in a FIFO queue only (SQS-DLQ-CLOCK)."""
    element = flow.settings.architecture.queue(queue)
    most = flow.settings.max_receives(queue)
    if element.redrive is None or most is None:
        return
    resets = {RECEIVES, COPIES}
    if element.fifo:
        resets.add(AGE)
    keeps = flow.settings.readings.queue_dlq_keeps_lineage
    if not keeps:
        resets.add(LINEAGE)
    effect = flow.effect([Guard(RECEIVE, at_least=most), alive], frozenset(resets))
    target = flow.site(Kind.QUEUE, element.redrive.to)
    step = Step(
        number,
        target,
        Role.REDRIVE,
        effect,
        rule="SQS-DLQ-CLOCK",
        assumption=SQS_LINEAGE_DLQ.id,
    )
    flow.play(number, Rank.REFUSAL, [flow.add(step)])
