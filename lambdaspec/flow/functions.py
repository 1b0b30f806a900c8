"""Functions in the flow: asynchronous events, attempts, and what a running function writes."""

from __future__ import annotations

from functools import cache

from lambdaspec.architecture.elements import Function, Invoke
from lambdaspec.flow.duplicates import duplicate
from lambdaspec.flow.graph import ATTEMPTS, COPIES, FRESH, Flow, Kind, Rank, Role, Site, Step
from lambdaspec.flow.sending import (
    arrivals,
    emission_effect,
    invocation_effect,
    record_effect,
)
from lambdaspec.kernel.counters import Effect, Guard

ATTEMPT = (ATTEMPTS, "")


def attempts_allowed(flow: Flow, function: str) -> int:
    """How often an asynchronous event is tried: retries, as far as its age allows."""
    settings = flow.settings
    return _attempts(
        settings.scale.async_delays, settings.async_retries(function), settings.async_age(function)
    )


@cache
def _attempts(delays: tuple[int, ...], retries: int, most_age: int) -> int:
    age, attempts = 0, 1
    for retry in range(retries):
        age += delays[min(retry, len(delays) - 1)]
        if age > most_age:
            break
        attempts += 1
    return attempts


def expand_async(flow: Flow, number: int, site: Site) -> None:
    """An event that no attempt was made on yet."""
    function = flow.settings.function(site.element)
    dropped = _failure(flow, number, function, Role.DROP, "ASYNC-THROTTLE")
    duplicate(flow, number, "ASYNC-DUP")
    if function.switched_off:
        flow.play(number, Rank.REFUSAL, dropped)
        return
    counted = invocation_effect(flow, site.element)
    run = flow.site(Kind.RUN, site.element)
    deliver = flow.add(
        Step(number, run, Role.DELIVER, counted, work=True, cost=1, rule="ASYNC-QUEUE")
    )
    _outcomes(flow, number, function, deliver)
    flow.play(number, Rank.REFUSAL, dropped)


def _outcomes(flow: Flow, number: int, function: Function, deliver: int) -> None:
    """Success, and failure with the event waiting for its next attempt."""
    effect = flow.steps[deliver].effect
    target = function.asynchronous.on_success
    succeed = [] if target is None else _success(flow, number, target, effect)
    flow.play(number, Rank.SUCCESS, [deliver, *succeed])
    if not function.can_fail:
        return
    config = function.asynchronous
    useful = attempts_allowed(flow, function.name) > 1
    if useful or config.dead_letter is not None or config.on_failure is not None:
        tried = flow.site(Kind.TRIED, function.name)
        failed = flow.effect(effect.guards, frozenset({COPIES}), adds=[*effect.adds, (ATTEMPT, 1)])
        fail = flow.add(
            Step(number, tried, Role.FAIL, failed, work=True, rule="ASYNC-RETRY-DEFAULT")
        )
        flow.play(number, Rank.FAILURE, [deliver, fail])


def expand_tried(flow: Flow, number: int, site: Site) -> None:
    """An event that at least one attempt failed on; its lineage has counted the function."""
    function = flow.settings.function(site.element)
    guard = [Guard(ATTEMPT, below=attempts_allowed(flow, site.element))]
    run = flow.site(Kind.RUN, site.element)
    deliver = flow.add(
        Step(
            number,
            run,
            Role.DELIVER,
            flow.effect(guard, FRESH),
            work=True,
            cost=1,
            rule="ASYNC-RETRY-DEFAULT",
        )
    )
    _outcomes(flow, number, function, deliver)
    flow.play(number, Rank.REFUSAL, _failure(flow, number, function, Role.GIVE_UP, "ASYNC-DLQ"))


def _failure(flow: Flow, number: int, function: Function, role: Role, rule: str) -> list[int]:
    config = function.asynchronous
    hops: list[int] = []
    if config.dead_letter is not None:
        effect = record_effect(flow, config.dead_letter, keeps_payload=True)
        for target in arrivals(flow, config.dead_letter):
            hops.append(flow.add(Step(number, target, role, effect, rule=rule)))
    if config.on_failure is not None:
        effect = record_effect(flow, config.on_failure, keeps_payload=False)
        for target in arrivals(flow, config.on_failure, event="ObjectCreated:Put"):
            hops.append(flow.add(Step(number, target, role, effect, rule="ASYNC-DEST-FAIL")))
    return hops


def _success(flow: Flow, number: int, target: str, counted: Effect) -> list[int]:
    """Hops to an on-success destination: the run is counted, then the record is a new event."""
    sent = record_effect(flow, target, keeps_payload=False)
    adds = [add for add in counted.adds if add[0][0] not in sent.resets]
    effect = flow.effect(counted.guards, sent.resets, adds=adds)
    return [
        flow.add(Step(number, place, Role.SUCCEED, effect, work=True, rule="ASYNC-DEST-OK"))
        for place in arrivals(flow, target)
    ]


def expand_run(flow: Flow, number: int, site: Site) -> None:
    """A function that runs: each of its emissions is a hop."""
    function = flow.settings.function(site.element)
    lineage = flow.settings.passes_lineage(function)
    hops: list[int] = []
    for position, emission in enumerate(function.emits):
        callee = flow.settings.architecture.functions.get(emission.to)
        called, attempts = callee is not None and emission.invoke is Invoke.SYNC, 1
        effect = emission_effect(flow, emission, lineage=lineage, called=called)
        if callee is not None and called:
            if callee.switched_off:
                continue
            attempts = flow.settings.call_attempts(function, emission)
            targets, rule = [flow.site(Kind.RUN, callee.name)], "SYNC-NORETRY"
        else:
            targets, rule = arrivals(flow, emission.to, emission.key, emission.event), "REC-SVC"
        for target in targets:
            step = Step(
                number,
                target,
                Role.CALL if called else Role.EMIT,
                effect,
                work=called,
                cost=int(called),
                times=emission.times,
                attempts=attempts,
                rule=rule,
                emission=emission,
                position=position,
            )
            hops.append(flow.add(step))
    if hops:
        flow.play(number, Rank.SUCCESS, hops)
