"""Table streams and data streams in the flow: retries, bisection, age, on-failure destinations."""

from __future__ import annotations

from lambdaspec.architecture.elements import StreamMapping
from lambdaspec.flow.graph import (
    AGE,
    ATTEMPTS,
    FRESH,
    LINEAGE,
    SPLITS,
    Flow,
    Kind,
    Rank,
    Role,
    Site,
    Step,
)
from lambdaspec.flow.sending import arrivals, invocation_effect, payload_guards
from lambdaspec.kernel.counters import Guard

ATTEMPT, SPLIT, CLOCK = (ATTEMPTS, ""), (SPLITS, ""), (AGE, "")


def halvings(size: int) -> int:
    """How often a batch can be halved until a record stands alone (STR-BISECT)."""
    return (size - 1).bit_length()


def expand_record(flow: Flow, number: int, site: Site) -> None:
    """A record in a shard, as one mapping sees it; it arrives without a lineage."""
    settings = flow.settings
    mapping = settings.stream_mappings[site.detail[0]]
    function = settings.function(mapping.function)
    most_age = settings.record_age(mapping)
    give_up = [] if most_age is None else _give_up(flow, number, mapping)
    runs = int(not function.is_pipe)
    if function.switched_off:
        flow.play(number, Rank.REFUSAL, give_up)
        return
    counted = invocation_effect(flow, mapping.function)
    retries = settings.record_retries(mapping)
    due = payload_guards(flow, mapping.filter.when)
    if most_age is not None:
        due.append(Guard(CLOCK, below=most_age))
    if retries is not None:
        due.append(Guard(ATTEMPT, below=retries + 1))
    run = flow.site(Kind.RUN, mapping.function)
    deliver = flow.add(
        Step(
            number,
            run,
            Role.DELIVER,
            flow.effect([*due, *counted.guards], FRESH, adds=counted.adds),
            work=bool(runs),
            cost=runs,
            rule="STR-BLOCK",
            trigger=mapping,
        )
    )
    flow.play(number, Rank.SUCCESS, [deliver])
    if function.can_fail:
        older = [] if most_age is None else [(CLOCK, settings.scale.stream_pace)]
        if mapping.bisect and settings.batch_size(mapping) > 1:
            most = Guard(SPLIT, below=halvings(settings.batch_size(mapping)))
            effect = flow.effect([*due, most], adds=[(SPLIT, 1), *older])
            step = Step(
                number,
                number,
                Role.SPLIT,
                effect,
                work=bool(runs),
                rule="STR-BISECT",
                trigger=mapping,
            )
            flow.play(number, Rank.FAILURE, [deliver, flow.add(step)])
        adds = older if retries is None else [*older, (ATTEMPT, 1)]
        step = Step(
            number,
            number,
            Role.FAIL,
            flow.effect(due, adds=adds),
            work=bool(runs),
            rule="STR-RETRY",
            trigger=mapping,
        )
        flow.play(number, Rank.FAILURE, [deliver, flow.add(step)])
    flow.play(number, Rank.REFUSAL, give_up)


def _give_up(flow: Flow, number: int, mapping: StreamMapping) -> list[int]:
    """What is discarded leaves metadata: neither lineage nor the payload's integers (STR-DEST)."""
    if mapping.on_failure is None:
        return []
    resets = FRESH | {LINEAGE} | flow.payload_groups()
    effect = flow.effect(resets=resets)
    return [
        flow.add(Step(number, place, Role.GIVE_UP, effect, rule="STR-DEST", trigger=mapping))
        for place in arrivals(flow, mapping.on_failure, event="ObjectCreated:Put")
    ]
