"""Properties of how an architecture is wired and set: dead letters, timeouts, receives."""

from __future__ import annotations

from lambdaspec.diagnostics import Span
from lambdaspec.flow.graph import Flow, Kind, Role
from lambdaspec.kernel.counters import outgoing
from lambdaspec.kernel.paths import components, shortest
from lambdaspec.properties.stock import Asked, Broken, Judgement
from lambdaspec.semantics import limits
from lambdaspec.semantics.settings import SECOND

_ASIDE = frozenset({Role.REDRIVE, Role.GIVE_UP, Role.DROP, Role.BOUNCE, Role.SUCCEED})
"""Roles of hops to a dead-letter place or a destination."""


def decide_feeding(flow: Flow, _: Asked) -> Judgement:
    """Whether what is set aside comes back to what has set it aside."""
    out = outgoing(flow.size, flow.steps, range(len(flow.steps)))
    home = [0] * flow.size
    for number, members in enumerate(
        components([[flow.steps[i].target for i in after] for after in out])
    ):
        for member in members:
            home[member] = number
    broken: dict[tuple[str, str], Broken] = {}
    places = 0
    for index, step in enumerate(flow.steps):
        if step.role not in _ASIDE:
            continue
        places += 1
        if home[step.source] != home[step.target]:
            continue
        found = shortest(
            [step.target], lambda n: ((i, flow.steps[i].target) for i in out[n]), step.source.__eq__
        )
        path = flow.path([index, *(found[1] if found else ())])
        place, filler = flow.sites[step.target].element, flow.sites[step.source].element
        message = f"{place}, which {filler} fills, comes back to it: {' → '.join(path)}"
        broken.setdefault((filler, place), Broken(message, _span(flow, place), (step.rule,)))
    return Judgement(places, tuple(broken.values()))


def _span(flow: Flow, name: str) -> Span | None:
    return flow.settings.architecture.element(name).span


def decide_unused(flow: Flow, _: Asked) -> Judgement:
    """Whether a function has a dead-letter target that can never receive anything (ASYNC-DLQ)."""
    running = {site.element for site in flow.sites if site.kind is Kind.RUN}
    eventful = {site.element for site in flow.sites if site.kind is Kind.ASYNC}
    broken, places = [], 0
    for name in sorted(running):
        function = flow.settings.function(name)
        config = function.asynchronous
        targets = [one for one in (config.dead_letter, config.on_failure) if one is not None]
        places += bool(targets)
        if targets and name not in eventful:
            message = f"{' and '.join(targets)} never receives anything from {name}"
            note = f"{name} is not invoked asynchronously"
            broken.append(Broken(message, config.span or function.span, (note,)))
    return Judgement(places, tuple(broken))


def decide_visibility(flow: Flow, _: Asked) -> Judgement:
    """Whether a message can become visible again while its function may still run (SQS-VT-6X)."""
    broken, places = [], 0
    for mapping in flow.settings.queue_mappings.values():
        function = flow.settings.function(mapping.function)
        if function.is_pipe:
            continue
        places += 1
        timeout = limits.FUNCTION_TIMEOUT.value if function.timeout is None else function.timeout
        visibility = flow.settings.visibility(mapping.source) // SECOND
        least = limits.VISIBILITY_FACTOR.value * timeout
        if visibility < least:
            message = f"{mapping.source} shows a message again after {visibility:,} s, less than"
            message += f" six times the timeout of {function.name}, {least:,} s"
            span = flow.settings.architecture.queue(mapping.source).span
            broken.append(Broken(message, span, (limits.VISIBILITY_FACTOR.rule,)))
    return Judgement(places, tuple(broken))


def decide_throttled(flow: Flow, _: Asked) -> Judgement:
    """Whether throttling alone soon uses up all receives (SQS-THROTTLE)."""
    broken, places = [], 0
    for queue in dict.fromkeys(m.source for m in flow.settings.queue_mappings.values()):
        most = flow.settings.max_receives(queue)
        if most is None:
            continue
        places += 1
        if most < limits.LEAST_RECEIVES.value:
            after = most * flow.settings.visibility(queue) // SECOND
            message = f"throttling for {after:,} s moves messages of {queue} to the dead-letter"
            message += " queue, though nothing ran on them"
            note = f"{limits.LEAST_RECEIVES.rule}: maxReceiveCount {most} is below "
            note += str(limits.LEAST_RECEIVES.value)
            span = flow.settings.architecture.queue(queue).span
            broken.append(Broken(message, span, (note,)))
    return Judgement(places, tuple(broken))
