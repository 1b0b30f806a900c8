"""From loops and counts to findings: what, where, why, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator

from attrs import evolve

from lambdaspec.architecture.conditions import ENVELOPE
from lambdaspec.architecture.elements import (
    NO_FILTER,
    Architecture,
    Emission,
    Function,
    Notification,
    QueueMapping,
    Rule,
    Stream,
    Trigger,
    target_of,
)
from lambdaspec.architecture.examples import example_payload
from lambdaspec.architecture.keys import example_key
from lambdaspec.codes import CODES, NAMES
from lambdaspec.diagnostics import Finding, Span
from lambdaspec.flow.count import Count
from lambdaspec.flow.graph import Flow, Kind, Role
from lambdaspec.flow.loops import Loop, LoopVerdict
from lambdaspec.properties.shape import decide_unused
from lambdaspec.properties.stock import Asked
from lambdaspec.result import Result
from lambdaspec.semantics.limits import EXECUTION_HISTORY, NOTICE_DELAY
from lambdaspec.semantics.settings import SECOND, Settings

CODE_OF = {
    LoopVerdict.UNBOUNDED: "LS101",
    LoopVerdict.CUTOFF: "LS102",
    LoopVerdict.CUT_SHORT: "LS103",
    LoopVerdict.EXPIRY: "LS104",
    LoopVerdict.GUARDED: "LS105",
}
"""The finding of each loop verdict."""


def findings_for(result: Result) -> list[Finding]:
    """All findings, worst first, without those that the architecture says to ignore."""
    found: list[tuple[Finding, tuple[str, ...]]] = []
    for one in result.loops:
        found.append((_loop_finding(result, one.loop), one.loop.path))
    for loop in result.possible:
        found.append((_possible(result.flow, loop), loop.path))
    found += [(one, ()) for one in _properties(result)]
    found += [(one, ()) for one in _budget(result)]
    found += [(one, ()) for one in _assumptions(result)]
    found += [(one, ()) for one in result.architecture.remarks]
    kept = [one for one, path in found if not _ignored(result.architecture, one, path)]
    kept.sort(key=lambda one: (-one.level, one.span or Span(""), one.code))
    return kept


def _ignored(architecture: Architecture, finding: Finding, path: tuple[str, ...]) -> bool:
    functions = [architecture.functions[name] for name in path if name in architecture.functions]
    functions += [f for f in architecture.functions.values() if f.span == finding.span and f.span]
    return any(ignore.code == finding.code for f in functions for ignore in f.ignores)


def _say(
    code: str, message: str, span: Span | None, notes: list[str], help_text: str = ""
) -> Finding:
    entry = CODES[code]
    return Finding(code, entry.level, message, help_text or entry.fix, span, tuple(notes))


def arrow(path: tuple[str, ...]) -> str:
    """A path in words: `Queue → Function → Queue`."""
    return " → ".join(path)


def _loop_finding(result: Result, loop: Loop) -> Finding:
    flow, code = result.flow, CODE_OF[loop.verdict]
    notes = []
    for source, target in loop.lost:
        notes.append(f"the lineage is lost from {source} to {target}, so that AWS does not see it")
    match loop.verdict:
        case LoopVerdict.UNBOUNDED if _is_retry(flow, loop):
            code = "LS113"
            message = f"{loop.path[0]} delivers what fails again and again, without end"
        case LoopVerdict.UNBOUNDED:
            message = f"{arrow(loop.path)} runs without end"
            notes += _allowing(flow, loop)
        case LoopVerdict.CUTOFF:
            message = f"only Lambda's recursion cutoff stops {arrow(loop.path)}"
            notes.append(f"the cutoff refuses {loop.refused} after {_runs(loop.runs)} of this loop")
            notes += _after_the_cut(flow, loop) + _contagion(flow, loop)
        case LoopVerdict.CUT_SHORT:
            message = f"Lambda cuts {arrow(loop.path)} before its guard ends it"
            notes.append(
                f"the guard {_guards(flow, loop)} means {_runs(loop.intended)}, "
                f"the cutoff allows {_runs(loop.runs)}: {_share(loop)} of the work is done"
            )
            notes += _after_the_cut(flow, loop) + _contagion(flow, loop)
        case LoopVerdict.EXPIRY:
            message = f"only age ends {arrow(loop.path)}"
            if loop.runs:
                notes.append(f"{_runs(loop.runs)} until then, if every run fails")
        case LoopVerdict.GUARDED:
            message = f"{arrow(loop.path)} ends by its guard"
            notes.append(f"the guard {_guards(flow, loop)} allows {_runs(loop.runs)}")
    notes += dict.fromkeys([*_example_keys(flow, loop), *_example_payloads(flow, loop)])
    if loop.verdict in (LoopVerdict.CUTOFF, LoopVerdict.EXPIRY):
        notes += _at_most(result.worst)
    notes.append(f"evidence: {loop.evidence.word}")
    found = _say(code, message, span_of(flow, loop), notes)
    return evolve(found, steps=steps_of(flow, loop), subject=arrow(loop.path))


def _crossings(flow: Flow, loop: Loop) -> Iterator[tuple[Emission, list[Trigger]]]:
    """What is written on the loop, with the triggers between it and what comes after it."""
    for place, index in enumerate(loop.cycle):
        emission = flow.steps[loop.cycle[place - 1]].emission
        target = flow.sites[flow.steps[index].target].element
        if emission is not None:
            yield (
                emission,
                [
                    trigger
                    for trigger in flow.settings.architecture.triggers
                    if trigger.source == emission.to and target_of(trigger) == target
                ],
            )


def _example_keys(flow: Flow, loop: Loop) -> Iterator[str]:
    """A key that is written on the loop and passes the notification after it."""
    for emission, triggers in _crossings(flow, loop):
        for trigger in triggers:
            if isinstance(trigger, Notification) and (trigger.prefix or trigger.suffix):
                key = example_key(emission.key, trigger.prefix, trigger.suffix)
                if key is not None:
                    yield f"what is written passes the filter, for example `{key}`"
                    break


def _example_payloads(flow: Flow, loop: Loop) -> Iterator[str]:
    """What is sent on the loop and passes the filter that comes after it."""
    for emission, triggers in _crossings(flow, loop):
        filtered = getattr(triggers[0], "filter", NO_FILTER) if triggers else NO_FILTER
        said = {one.field: one.value for one in emission.updates if not (one.adds or one.terms)}
        payload = example_payload(
            filtered.leaves, {**said, **dict(emission.texts)}, filtered.dialect
        )
        if payload:
            shown = _in_envelope(payload) if isinstance(triggers[0], Rule) else payload
            text = json.dumps(shown, ensure_ascii=False)
            yield f"what is written passes the filter, for example `{text}`"


def _in_envelope(payload: dict[str, object]) -> dict[str, object]:
    """An event of EventBridge: what is no part of the envelope stands in `detail`."""
    detail = {name: value for name, value in payload.items() if name not in ENVELOPE}
    around = {name: value for name, value in payload.items() if name in ENVELOPE}
    return {**around, "detail": detail} if detail else around


def _is_retry(flow: Flow, loop: Loop) -> bool:
    """Whether only the same message goes round, and nothing writes anything."""
    source = flow.settings.architecture.channels.get(loop.path[0])
    written = any(flow.steps[i].emission is not None for i in loop.cycle)
    return len(loop.path) == 2 and isinstance(source, Stream) and not written


def steps_of(flow: Flow, loop: Loop) -> tuple[tuple[Span | None, str], ...]:
    """Where each step of a loop stands in the input, and what it is."""
    found: list[tuple[Span | None, str]] = []
    architecture = flow.settings.architecture
    for index in loop.cycle:
        step = flow.steps[index]
        source, target = flow.sites[step.source].element, flow.sites[step.target].element
        part = step.emission or step.trigger
        if part is not None:
            word = "writes to" if step.emission is not None else "triggers"
            found.append((part.span, f"{source} {word} {target}"))
        elif source != target:
            element = architecture.element(source)
            found.append((element.span, f"{source} leads to {target}"))
    return tuple(dict.fromkeys(found))


def _runs(runs: int | None) -> str:
    if runs is None:
        return "an unknown number of invocations"
    return f"{runs:,} invocation{'' if runs == 1 else 's'}"


def _share(loop: Loop) -> str:
    if not loop.intended or loop.runs is None:
        return "part"
    return f"{100 * loop.runs // loop.intended} %"


def _at_most(worst: Count | None) -> list[str]:
    if worst is None:
        return []
    return [f"with retries and fan-out one event causes {number(worst)} invocations at worst"]


def number(count: Count) -> str:
    """A count in words."""
    if count.exact:
        return written(count.least)
    if count.most is not None:
        return f"between {written(count.least)} and {written(count.most)}"
    if count.exponent is not None:
        return f"between {written(count.least)} and 10^{count.exponent:,}"
    return f"at least {written(count.least)}"


def written(value: int) -> str:
    """An integer with thousands separated, or as a power of ten when it is long."""
    if value < 10**24:
        return f"{value:,}"
    digits = int(value.bit_length() * 0.30103)
    while 10 ** (digits + 1) <= value:
        digits += 1
    while 10**digits > value:
        digits -= 1
    lead = value // 10 ** (digits - 1)
    return f"about {lead // 10}.{lead % 10} × 10^{digits}"


def _allowing(flow: Flow, loop: Loop) -> list[str]:
    notes = []
    for name in dict.fromkeys(loop.path):
        function = flow.settings.architecture.functions.get(name)
        if function is not None and function.recursive_loop.value == "Allow":
            notes.append(f"{name} sets RecursiveLoop to Allow: Lambda does not stop it")
    retried = [flow.steps[i] for i in loop.cycle if flow.steps[i].source == flow.steps[i].target]
    if len(retried) == len(loop.cycle):
        notes.append(
            "the same message is tried for ever: visibility timeout 0 and no redrive policy"
        )
    return notes


def _after_the_cut(flow: Flow, loop: Loop) -> list[str]:
    """Who is told, and where the event ends."""
    if loop.blocked is None:
        return []
    site, settings = flow.sites[loop.blocked], flow.settings
    match site.kind:
        case Kind.QUEUE:
            who = (
                f"`RecursiveInvocationException` goes to the event source mapping of {site.element}"
            )
            where = _end_of_message(settings, site.element)
        case Kind.RUN:
            who = f"`RecursiveInvocationException` is raised in {site.element}, which called it"
            where = "the call does not happen; what becomes of the event is up to the caller"
        case _:
            who = "the event is asynchronous: nobody sees an exception"
            where = _end_of_event(settings.function(site.element))
    hours = NOTICE_DELAY.value / 60
    seen = (
        f"the metric `RecursiveInvocationsDropped` of {loop.refused} counts at once; the Health "
        f"notice and e-mail come up to {hours:g} hours later"
    )
    return [who, where, seen]


def _end_of_message(settings: Settings, queue: str) -> str:
    redrive = settings.architecture.queue(queue).redrive
    most = settings.max_receives(queue)
    if redrive is None or most is None:
        hours = settings.retention(queue) // SECOND // 3_600
        return f"the message is refused again and again until it is {hours} h old, then it is lost"
    times = "once" if most == 1 else f"{most} times"
    return f"the message is received {times} in all, then it ends in {redrive.to}"


def _end_of_event(function: Function) -> str:
    config = function.asynchronous
    places = [place for place in (config.dead_letter, config.on_failure) if place is not None]
    if not places:
        return f"the event is discarded: {function.name} has no dead-letter target"
    return f"the event ends in {' and '.join(places)}"


def _guards(flow: Flow, loop: Loop) -> str:
    steps = [flow.steps[index] for index in loop.cycle]
    guards = [str(g) for s in steps if s.emission is not None for g in s.emission.when]
    for step in steps:
        one = getattr(step.trigger, "filter", NO_FILTER)
        guards += [str(guard) for guard in one.when]
        site = flow.sites[step.target]
        if site.kind is Kind.EXECUTION:
            task = flow.settings.workflow(site.element).tasks[site.detail[0]]
            guards += [str(guard) for guard in task.when]
    if guards:
        return "`" + " and ".join(dict.fromkeys(guards)) + "`"
    if any(flow.sites[s.target].kind is Kind.EXECUTION for s in steps):
        return f"of {EXECUTION_HISTORY.value:,} events in a history"
    return "of its filters"


def span_of(flow: Flow, loop: Loop) -> Span | None:
    """Where to point: the weakest emission of the loop, else a part of it that has a place."""
    steps = [flow.steps[index] for index in loop.cycle]
    emissions = [step.emission for step in steps if step.emission is not None]
    spans = [e.span for e in sorted(emissions, key=lambda e: e.evidence) if e.span is not None]
    spans += [s.trigger.span for s in steps if s.trigger is not None and s.trigger.span is not None]
    for name in loop.path:
        function = flow.settings.architecture.functions.get(name)
        if function is not None:
            spans += [s for s in (function.asynchronous.span, function.span) if s is not None]
        else:
            element = flow.settings.architecture.element(name)
            spans += [s for s in (element.span,) if s is not None]
    return spans[0] if spans else None


def _possible(flow: Flow, loop: Loop) -> Finding:
    message = f"{arrow(loop.path)} is possible: {loop.verdict.value} if it exists"
    span = None
    for name in loop.path:
        function = flow.settings.architecture.functions.get(name)
        if function is not None and function.span is not None:
            span = function.span
            break
    found = _say("LS106", message, span, [f"evidence: {loop.evidence.word}"])
    return evolve(found, subject=arrow(loop.path))


def _contagion(flow: Flow, loop: Loop) -> list[str]:
    """A cut refuses whole batches: say so where there is company (REC-BATCH)."""
    notes = []
    for index in loop.cycle:
        step = flow.steps[index]
        if step.role is Role.DELIVER and isinstance(step.trigger, QueueMapping):
            size = flow.settings.batch_size(step.trigger)
            if size > 1:
                notes.append(
                    f"with batches of {size:,}, a cut refuses innocent messages of the batch too"
                )
    return notes[:1]


def _properties(result: Result) -> Iterator[Finding]:
    """What the stock properties found; dead letters that cannot arrive are always looked for."""
    judged = {"unused-dead-letter": decide_unused(result.flow, Asked()), **result.judgements}
    for name, judgement in judged.items():
        for one in judgement.broken:
            yield _say(NAMES[name].code, one.message, one.span, list(one.notes))


def _budget(result: Result) -> Iterator[Finding]:
    budget = result.options.budget
    if budget is None:
        return
    worst = result.worst
    most = None if worst is None else worst.most
    if most is None or most > budget:
        says = "no bound" if worst is None else number(worst)
        message = f"the worst case is {says}, the budget is {budget:,}"
        yield _say("LS108", message, result.architecture.span, [])


def _assumptions(result: Result) -> Iterator[Finding]:
    for one in result.rests:
        if one.otherwise is not None:
            message = f"{result.verdict.word} because {one.reading}; otherwise {one.otherwise}"
            note = f"assumption {one.assumption.id}"
            yield _say("LS110", message, None, [note])
