"""From an architecture to the flow of everything that an event from outside can reach."""

from __future__ import annotations

from attrs import evolve

from lambdaspec.architecture.elements import Integration, MoveTask, Notification
from lambdaspec.architecture.services import Workflow
from lambdaspec.flow import functions, notices, queues, routes, streams, workflows
from lambdaspec.flow.graph import Expand, Flow, Kind, payload_counter
from lambdaspec.flow.sending import arrivals
from lambdaspec.semantics.settings import Settings

_EXPAND: dict[Kind, Expand] = {
    Kind.QUEUE: queues.expand_queue,
    Kind.ASYNC: functions.expand_async,
    Kind.TRIED: functions.expand_tried,
    Kind.RUN: functions.expand_run,
    Kind.NOTICE: notices.expand_notice,
    Kind.HANDOVER: notices.expand_handover,
    Kind.RECORD: streams.expand_record,
    Kind.REQUEST: routes.expand_request,
    Kind.EXECUTION: workflows.expand_execution,
}


def build(settings: Settings) -> Flow:
    """The flow of an architecture, sites in the order in which events can reach them."""
    flow = Flow(settings, signs=signs(settings))
    enter(flow)
    done = 0
    while done < flow.size:
        expand(flow, done)
        done += 1
    mark_company(flow)
    return flow


def enter(flow: Flow) -> None:
    """Add the sites at which events from outside arrive, and what they carry."""
    for entry in flow.settings.architecture.entries:
        sites = arrivals(flow, entry.to, event="ObjectCreated:Put")
        flow.entry_sites[entry.to] = sites
        payload = {
            payload_counter(name): flow.signs[name] * value
            for name, value in entry.payload
            if name in flow.signs and value
        }
        flow.starts.update(dict.fromkeys(sites, payload))


def expand(flow: Flow, number: int) -> None:
    """Add the hops that leave a site."""
    site = flow.sites[number]
    _EXPAND[site.kind](flow, number, site)


def mark_company(flow: Flow) -> None:
    """Count a hop as work when something that happens beside it can come to run a function.

    An event that goes round without running anything (refused, dropped, sent again) still causes
    invocations without end if each round leaves something behind that runs a function.
    """
    busy: set[int] | None = None
    for site, plays in flow.plays.items():
        if flow.sites[site].kind is Kind.RUN:
            continue  # to come here again a function must run anyway
        for play in plays:
            if all(flow.steps[i].work for i in play.hops):
                continue
            if len(play.hops) == 1 and flow.steps[play.hops[0]].times == 1:  # no copies
                continue
            busy = _reaching_work(flow) if busy is None else busy
            for index in play.hops:
                step = flow.steps[index]
                others = [flow.steps[i].target for i in play.hops if i != index]
                company = others if step.times == 1 else [*others, step.target]
                beside = any(flow.steps[i].work for i in play.hops if i != index)
                if not step.work and (beside or not busy.isdisjoint(company)):
                    flow.steps[index] = evolve(step, work=True, company=True)


def _reaching_work(flow: Flow) -> set[int]:
    into: dict[int, list[int]] = {}
    for step in flow.steps:
        into.setdefault(step.target, []).append(step.source)
    todo = [step.source for step in flow.steps if step.work]
    busy = set(todo)
    while todo:
        for source in into.get(todo.pop(), ()):
            if source not in busy:
                busy.add(source)
                todo.append(source)
    return busy


def signs(settings: Settings) -> dict[str, int]:
    """For each field that a guard reads: -1 if it is only ever made smaller by adding, else 1."""
    architecture = settings.architecture
    tasks = [
        task
        for c in architecture.channels.values()
        if isinstance(c, Workflow)
        for task in c.tasks.values()
    ]
    guards = [guard for _, _, emission in architecture.emissions() for guard in emission.when]
    guards += [guard for task in tasks for guard in task.when]
    for trigger in architecture.triggers:
        if not isinstance(trigger, Notification | Integration | MoveTask):
            guards += trigger.filter.when
    updates = [u for _, _, emission in architecture.emissions() for u in emission.updates]
    updates += [update for task in tasks for update in task.updates]
    amounts: dict[str, set[bool]] = {}
    for update in updates:
        if update.adds and update.value:
            amounts.setdefault(update.field, set()).add(update.value < 0)
    fields = dict.fromkeys(guard.field for guard in guards)
    summed: set[str] = set()
    sums = [update for update in updates if update.terms]
    while more := [u for u in sums if u.field in fields and u.field not in summed]:
        for update in more:  # what a field is made of matters as much as the field
            summed.add(update.field)
            fields.update(dict.fromkeys(name for name, _ in update.terms))
    terms = {name for update in sums for name, _ in update.terms} | summed
    down = {name for name in fields if amounts.get(name) == {True} and name not in terms}
    return {name: -1 if name in down else 1 for name in fields}
