"""Step Functions: executions, their tasks, retries, maps, branches and the length of a history.

Says: a task without a Retry block is tried once (SFN-NORETRY), with one MaxAttempts times more
(SFN-RETRY, SFN-LAMBDA-RETRIER); then the execution goes on at its Catch or fails. A Map runs its task for each item
(SFN-MAP). A Standard execution fails when its history is full (SFN-SEM), an Express one after five
minutes; an Express one may be started twice (see `duplicates`). A task may start another execution,
of the same state machine too, whose history is empty (SFN-NEST). No lineage survives.
Leaves out: names of executions that stop a second start (SFN-IDEMP: more behaviours), callbacks
(SFN-CALLBACK), which are asynchronous invocations.
Chosen: an attempt takes three events of the history or, in an Express execution, 1 ms: the least
that is possible, so that most can happen (SFN-HISTORY, STR-PACE). Items and branches go on by
themselves, each with the history so far; a failed one does not end the others.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from lambdaspec.architecture.elements import Function
from lambdaspec.architecture.services import Task
from lambdaspec.semantics.invocation import holds, started, updated
from lambdaspec.semantics.limits import EVENTS_PER_ATTEMPT
from lambdaspec.semantics.recursion import admit
from lambdaspec.semantics.state import (
    Action,
    Advance,
    Change,
    Entity,
    Execution,
    Invocation,
    Perform,
    Phase,
)
from lambdaspec.semantics.world import World


def actions(world: World, execution: Execution) -> Iterator[Action]:
    """What an execution may do next."""
    if execution.phase is not Phase.DONE:
        yield Perform(execution)
        return
    workflow = world.workflow(execution.workflow)
    for name in workflow.tasks[execution.task].next:
        if holds(workflow.tasks[name].when, execution.payload):
            yield Advance(execution, name)


def perform(world: World, execution: Execution) -> Change | None:
    """The next attempt at the task: a function runs, or something is written."""
    if execution.phase is Phase.DONE:
        return None
    workflow = world.workflow(execution.workflow)
    task = workflow.tasks[execution.task]
    if over(world, execution):
        return Change("SFN-SEM", (execution,), (), lost=(("SFN-SEM", execution),))
    if execution.phase is Phase.READY and (task.times != 1 or task.parallel):
        return _fan_out(world, execution, task)
    if task.to is None:
        return Change("SFN-SEM", (execution,), _done(world, execution, task))
    if isinstance(world.architecture.element(task.to), Function):
        return _invoke(world, execution, task, task.to)
    sent = world.send(task.to, execution.payload, (), event="ObjectCreated:Put")
    return Change("SFN-SEM", (execution,), (*sent, *_done(world, execution, task)))


def over(world: World, execution: Execution) -> bool:
    """Whether the history is full or the time is up."""
    if world.workflow(execution.workflow).express:
        return execution.age >= world.scale.express_time
    return execution.history >= world.scale.history


def _fan_out(world: World, execution: Execution, task: Task) -> Change:
    items = [evolve(execution, phase=Phase.ITEM, tried=0, twins=0)] * task.times
    if task.to is None:
        items = []
    branches = [evolve(execution, task=name, tried=0, twins=0) for name in task.parallel]
    return Change("SFN-MAP", (execution,), (*items, *branches, *_done(world, execution, task)))


def _invoke(world: World, execution: Execution, task: Task, name: str) -> Change:
    lineage = admit(world, name, ())
    if lineage is None or world.function(name).switched_off:
        return _failed(world, execution, execution, task)
    run = Invocation(name, execution, (execution.payload,), lineage)
    return Change("SFN-RETRY", (execution,), (run,), started(world, name))


def _later(world: World, execution: Execution) -> Execution:
    """The execution after one more attempt."""
    if world.workflow(execution.workflow).express:
        return evolve(execution, age=execution.age + world.scale.stream_pace)
    return evolve(execution, history=execution.history + EVENTS_PER_ATTEMPT.value)


def _done(world: World, execution: Execution, task: Task) -> tuple[Entity, ...]:
    """The execution at the end of its task; nothing if it ends there."""
    if execution.phase is Phase.ITEM or not task.next:
        return ()
    later = _later(world, execution)
    payload = updated(task.updates, execution.payload)
    return (evolve(later, phase=Phase.DONE, payload=payload, tried=0, twins=0),)


def finished(world: World, run: Invocation, execution: Execution, *, failed: bool) -> Change:
    """The task's function returned or failed."""
    task = world.workflow(execution.workflow).tasks[execution.task]
    if failed:
        return _failed(world, run, execution, task)
    return Change("SFN-SEM", (run,), _done(world, execution, task))


def _failed(world: World, gone: Entity, execution: Execution, task: Task) -> Change:
    later = _later(world, execution)
    if execution.tried < task.retries:
        again = evolve(later, tried=execution.tried + 1, twins=0)
        return Change("SFN-RETRY", (gone,), (again,), same=((execution, again),))
    if task.catch is not None and execution.phase is not Phase.ITEM:
        caught = evolve(later, task=task.catch, tried=0, twins=0)
        return Change("SFN-RETRY", (gone,), (caught,))
    return Change("SFN-NORETRY", (gone,), (), lost=(("SFN-NORETRY", execution),))


def advance(world: World, action: Advance) -> Change | None:
    """Go on with the next task."""
    execution = action.execution
    if action not in set(actions(world, execution)):
        return None
    after = evolve(execution, task=action.task, phase=Phase.READY)
    return Change("SFN-SEM", (execution,), (after,))
