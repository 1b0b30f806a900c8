"""No bad record holds its shard or group up for long; no function runs twice for one event."""

from __future__ import annotations

from lambdaspec.architecture.elements import StreamMapping
from lambdaspec.diagnostics import Span
from lambdaspec.flow.graph import RETRIES, Flow, Kind, Role, Step
from lambdaspec.flow.streams import halvings
from lambdaspec.kernel.properties import Moment, always
from lambdaspec.properties.stock import Asked, Broken, Judgement, Watch
from lambdaspec.semantics import limits
from lambdaspec.semantics.settings import SECOND
from lambdaspec.semantics.state import (
    Action,
    Attempt,
    Deliver,
    Perform,
    Poll,
    Serve,
    Throttle,
)

_SETTING = {
    Kind.QUEUE: "the queue's max_receive_count and its retention",
    Kind.TRIED: "max_retry_attempts of the function",
    Kind.ASYNC: "max_retry_attempts of the function",
    Kind.RECORD: "max_retry_attempts of the mapping",
    Kind.REQUEST: "the service, which tries again",
    Kind.EXECUTION: "the task's Retry block",
}
"""What makes each kind of event be tried again."""


def decide_blocked(flow: Flow, asked: Asked) -> Judgement:
    """For how long one record that always fails holds up what comes after it."""
    broken, places = [], 0
    for name, mapping in flow.settings.stream_mappings.items():
        if any(site.detail == (name,) for site in flow.sites):
            places += 1
            seconds = stream_block(flow, mapping)
            if seconds is None or seconds > asked.patience:
                what = f"the shard of {mapping.source} that {mapping.function} reads"
                broken.append(_held(what, seconds, mapping.span, "STR-BLOCK"))
    for site in flow.sites:
        queue = site.element
        if site.kind is Kind.QUEUE and flow.settings.architecture.queue(queue).fifo:
            if not flow.settings.readers(queue):
                continue
            places += 1
            seconds = group_block(flow, queue)
            if seconds is None or seconds > asked.patience:
                span = flow.settings.architecture.queue(queue).span
                broken.append(_held(f"a message group of {queue}", seconds, span, "SQS-FIFO-BLOCK"))
    return Judgement(places, tuple(broken))


def _held(what: str, seconds: int | None, span: Span | None, rule: str) -> Broken:
    long = "for ever" if seconds is None else f"for up to {seconds:,} s"
    return Broken(f"one bad record holds up {what} {long}", span, (rule,))


def stream_block(flow: Flow, mapping: StreamMapping) -> int | None:
    """Seconds that a record can block its shard; None: without end."""
    settings = flow.settings
    age, retries = settings.record_age(mapping), settings.record_retries(mapping)
    own = settings.function(mapping.function).timeout
    timeout = limits.FUNCTION_TIMEOUT.value if own is None else own
    ends = [] if age is None else [age // SECOND]
    if retries is not None:
        splits = halvings(settings.batch_size(mapping)) if mapping.bisect else 0
        ends.append((retries + 1 + splits) * timeout)
    return min(ends) if ends else None


def group_block(flow: Flow, queue: str) -> int | None:
    """Seconds that a message can block its FIFO group; None: without end."""
    settings = flow.settings
    most, visibility = settings.max_receives(queue), settings.visibility(queue)
    ends = [settings.retention(queue)] if visibility else []
    if most is not None:
        ends.append(most * visibility)
    return min(ends) // SECOND if ends else None


def decide_twice(flow: Flow, _: Asked) -> Judgement:
    """Where a function can run a second time on the same event, and by which setting."""
    broken, places = [], 0
    for number, site in enumerate(flow.sites):
        own = [step for step in flow.steps if step.source == number]
        if not any(step.role is Role.DELIVER for step in own):
            continue
        places += 1
        for step in own:
            again = step.role in RETRIES and step.role is not Role.REFUSE and step.work
            tried = step.role is Role.DUPLICATE or (again and _comes_back(flow, step))
            if tried:
                function = _runs(flow, number)
                how = "a delivery that is repeated" if step.role is Role.DUPLICATE else "an error"
                message = f"{function} can run twice on one event of {site.element}, after {how}"
                note = f"{step.rule}: because of {_SETTING[site.kind]}"
                broken.append(Broken(message, _span(flow, function), (note,)))
                break
    return Judgement(places, tuple(dict.fromkeys(broken)))


def _comes_back(flow: Flow, step: Step) -> bool:
    """Whether after a first failure another delivery is still allowed."""
    values = {
        guard.counter: guard.at_least
        for guard in step.effect.guards
        if guard.at_least is not None and guard.counter[0].startswith("payload.")
    }
    after = step.effect.apply(values)
    return any(
        other.role is Role.DELIVER and other.effect.admits(after)
        for other in flow.steps
        if other.source == step.target
    )


def _runs(flow: Flow, number: int) -> str:
    return next(
        flow.sites[step.target].element
        for step in flow.steps
        if step.source == number and step.role is Role.DELIVER
    )


def _span(flow: Flow, function: str) -> Span | None:
    return flow.settings.function(function).span


def watch_twice(_: Flow) -> Watch:
    """On the machine: no function is given anything that one was given before."""
    return Watch(
        always("runs-twice", _first_time, of_steps=True), lambda a: not isinstance(a, Throttle)
    )


def _first_time(moment: Moment) -> bool:
    if moment.change is None or moment.change.invoked is None:
        return True
    action: Action = moment.action
    match action:
        case Attempt(event):
            return event.attempts == 0
        case Deliver(_, messages):
            return all(message.receives == 0 for message in messages)
        case Poll(shard):
            return not shard.stuck
        case Serve(request):
            return request.attempts == 0
        case Perform(execution):
            return execution.tried == 0
        case _:
            return True
