"""State machines in the flow: attempts at a task, its end, what is caught, items and branches."""

from __future__ import annotations

from lambdaspec.architecture.elements import Function
from lambdaspec.architecture.services import Task, Workflow
from lambdaspec.flow.duplicates import duplicate
from lambdaspec.flow.graph import (
    AGE,
    ATTEMPTS,
    COPIES,
    HISTORY,
    Flow,
    Kind,
    Rank,
    Role,
    Site,
    Step,
)
from lambdaspec.flow.sending import (
    arrivals,
    invocation_effect,
    payload_changes,
    payload_guards,
    payload_sums,
    record_effect,
)
from lambdaspec.kernel.counters import Counter, Guard
from lambdaspec.semantics.limits import EVENTS_PER_ATTEMPT

ATTEMPT = (ATTEMPTS, "")
TASK_OVER = frozenset({ATTEMPTS, COPIES})
"""What starts again with each task; history and time go on."""


def expand_execution(flow: Flow, number: int, site: Site) -> None:
    """An execution at one of its tasks."""
    workflow = flow.settings.workflow(site.element)
    name, phase = site.detail
    if phase == "done":
        _advance(flow, number, workflow, name)
        return
    task = workflow.tasks[name]
    if phase == "ready" and (task.times != 1 or task.parallel):
        _fan_out(flow, number, workflow, task)
    elif task.to is None:
        flow.play(number, Rank.SUCCESS, _finish(flow, number, workflow, task))
    elif isinstance(flow.settings.architecture.element(task.to), Function):
        _invoke(flow, number, workflow, task, phase)
    else:
        effect = record_effect(flow, task.to, keeps_payload=True)
        effect = flow.effect([_in_time(flow, workflow)], effect.resets)
        sent = [
            flow.add(Step(number, place, Role.EMIT, effect, rule="SFN-SEM"))
            for place in arrivals(flow, task.to, event="ObjectCreated:Put")
        ]
        done = [] if phase == "item" else _finish(flow, number, workflow, task)
        flow.play(number, Rank.SUCCESS, [*sent, *done])
    if workflow.express and phase == "ready" and name == workflow.start:
        begun = [Guard((AGE, ""), below=1), Guard(ATTEMPT, below=1)]
        duplicate(flow, number, "SFN-SEM", begun)


def _in_time(flow: Flow, workflow: Workflow) -> Guard:
    scale = flow.settings.scale
    if workflow.express:
        return Guard((AGE, ""), below=scale.express_time)
    return Guard((HISTORY, ""), below=scale.history)


def _older(flow: Flow, workflow: Workflow) -> tuple[Counter, int]:
    if workflow.express:
        return (AGE, ""), flow.settings.scale.stream_pace
    return (HISTORY, ""), EVENTS_PER_ATTEMPT.value


def _finish(
    flow: Flow, number: int, workflow: Workflow, task: Task, *, runs: bool = False
) -> list[int]:
    """The hop to the end of the task; none where the execution ends there."""
    if not task.next:
        return []
    assigns, adds = payload_changes(flow, task.updates)
    effect = flow.effect(
        [_in_time(flow, workflow)],
        TASK_OVER,
        assigns,
        [*adds, _older(flow, workflow)],
        payload_sums(flow, task.updates),
    )
    done = flow.site(Kind.EXECUTION, workflow.name, task.name, "done")
    return [flow.add(Step(number, done, Role.FINISH, effect, work=runs, rule="SFN-SEM"))]


def _fan_out(flow: Flow, number: int, workflow: Workflow, task: Task) -> None:
    effect = flow.effect([_in_time(flow, workflow)], TASK_OVER)
    hops = []
    if task.to is not None and task.times:
        item = flow.site(Kind.EXECUTION, workflow.name, task.name, "item")
        step = Step(number, item, Role.PASS, effect, times=task.times, rule="SFN-MAP")
        hops.append(flow.add(step))
    for name in task.parallel:
        branch = flow.site(Kind.EXECUTION, workflow.name, name, "ready")
        hops.append(flow.add(Step(number, branch, Role.PASS, effect, rule="SFN-MAP")))
    flow.play(number, Rank.SUCCESS, [*hops, *_finish(flow, number, workflow, task)])


def _invoke(flow: Flow, number: int, workflow: Workflow, task: Task, phase: str) -> None:
    if task.to is None:
        return
    function, due = flow.settings.function(task.to), [_in_time(flow, workflow)]
    if function.switched_off:
        for hop in _failure(flow, number, workflow, task, phase):
            flow.play(number, Rank.REFUSAL, [hop])
        return
    counted = invocation_effect(flow, task.to)
    runs = not function.is_pipe
    deliver = flow.add(
        Step(
            number,
            flow.site(Kind.RUN, task.to),
            Role.DELIVER,
            flow.effect([*due, *counted.guards], counted.resets, adds=counted.adds),
            work=runs,
            cost=int(runs),
            rule="SFN-RETRY",
        )
    )
    done = [] if phase == "item" else _finish(flow, number, workflow, task, runs=runs)
    flow.play(number, Rank.SUCCESS, [deliver, *done])
    if function.can_fail:
        for hop in _failure(flow, number, workflow, task, phase):
            flow.play(number, Rank.FAILURE, [deliver, hop])


def _failure(flow: Flow, number: int, workflow: Workflow, task: Task, phase: str) -> list[int]:
    """A retry, while there are some, then the Catch."""
    due, older = _in_time(flow, workflow), _older(flow, workflow)
    runs = task.to is not None and not flow.settings.function(task.to).switched_off
    hops = []
    if task.retries:
        effect = flow.effect(
            [due, Guard(ATTEMPT, below=task.retries)],
            frozenset({COPIES}),
            adds=[(ATTEMPT, 1), older],
        )
        step = Step(number, number, Role.FAIL, effect, work=runs, rule="SFN-RETRY")
        hops.append(flow.add(step))
    if task.catch is not None and phase == "ready":
        guards = [due, Guard(ATTEMPT, at_least=task.retries)] if task.retries else [due]
        effect = flow.effect(guards, TASK_OVER, adds=[older])
        caught = flow.site(Kind.EXECUTION, workflow.name, task.catch, "ready")
        step = Step(number, caught, Role.CATCH, effect, work=runs, rule="SFN-RETRY")
        hops.append(flow.add(step))
    return hops


def _advance(flow: Flow, number: int, workflow: Workflow, name: str) -> None:
    for following in workflow.tasks[name].next:
        guards = payload_guards(flow, workflow.tasks[following].when)
        ready = flow.site(Kind.EXECUTION, workflow.name, following, "ready")
        step = Step(number, ready, Role.ADVANCE, flow.effect(guards), rule="SFN-SEM")
        flow.play(number, Rank.SUCCESS, [flow.add(step)])
