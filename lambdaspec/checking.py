"""The main job: an architecture in, a verified verdict with loops, numbers and findings out."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from lambdaspec.architecture.elements import (
    NO_FILTER,
    Architecture,
    Entry,
    Evidence,
    Notification,
    QueueMapping,
    Rule,
    Sdk,
    StreamMapping,
    Subscription,
    Trigger,
)
from lambdaspec.architecture.entries import default_entries
from lambdaspec.decide import Decided, decide_architecture, machine_for
from lambdaspec.findings import findings_for
from lambdaspec.flow.bounds import entry_counts, total
from lambdaspec.flow.count import Count
from lambdaspec.flow.graph import Flow, Kind, Role
from lambdaspec.flow.loops import (
    Loop,
    LoopVerdict,
    bounded_loops,
    by_path,
    survivor_lasso,
    unbounded_loop,
)
from lambdaspec.kernel.verdict import Bounded, Unbounded
from lambdaspec.properties.stock import Asked, Judgement
from lambdaspec.replay import Trace, Unreplayable, replay
from lambdaspec.result import FoundLoop, Options, Rests, Result
from lambdaspec.semantics.assumptions import (
    ALL_ASSUMPTIONS,
    SDK_CURRENT,
    SNS_LINEAGE_DLQ,
    SQS_LINEAGE_DLQ,
    Assumption,
)
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.settings import Settings


def check(architecture: Architecture, options: Options | None = None) -> Result:
    """Decide whether one event can cause invocations without end, and say what to do.

    Args:
        architecture: what to check.
        options: how.

    Raises:
        ValueError: the entry or property asked for does not exist.
        ToolFault: two parts of lambdaspec contradict each other.

    """
    options = options or Options()
    chosen = at_entry(architecture, options.entry)
    settings = prepared(chosen, options)
    decided = decide_architecture(settings, options.search)
    loops, omitted = _loops(decided, settings)
    bounded = isinstance(decided.verdict, Bounded)
    entries: dict[str, tuple[Count, Count]] = {}
    if bounded:
        nominal = entry_counts(decided.flow, nominal=True)
        worst = entry_counts(decided.flow, nominal=False)
        entries = {name: (nominal[name], worst[name]) for name in nominal}
    result = Result(
        chosen,
        options,
        decided,
        total(one for one, _ in entries.values()) if bounded else None,
        total(one for _, one in entries.values()) if bounded else None,
        entries,
        loops,
        _possible(chosen, options, loops),
        omitted,
        (),
        _rests(chosen, options, decided),
        judge(decided.flow, options),
    )
    result = evolve(result, bounded_by=_bounded_by(result))
    return evolve(result, findings=tuple(findings_for(result)))


def decided_with_loops(
    architecture: Architecture, options: Options
) -> tuple[Decided, tuple[FoundLoop, ...]]:
    """The verified verdict and the loops, without numbers and findings: for who asks many times.

    Raises:
        ValueError: the entry asked for is not in the architecture.

    """
    settings = prepared(architecture, options)
    decided = decide_architecture(settings, options.search)
    return decided, _loops(decided, settings)[0]


def prepared(architecture: Architecture, options: Options) -> Settings:
    """What a check with these options decides about: for the machine, `simulate` above all.

    Raises:
        ValueError: the entry asked for is not in the architecture.

    """
    return _settings(at_entry(architecture, options.entry), options)


def at_entry(architecture: Architecture, entry: str | None) -> Architecture:
    """The architecture with one entry only; as it is where none is named.

    Raises:
        ValueError: the entry asked for is not in the architecture.

    """
    if entry is None:
        return architecture
    known = [one for one in architecture.entries if one.to == entry]
    if not known:
        names = [*architecture.functions, *architecture.channels]
        if entry not in names:
            raise ValueError(f"there is no `{entry}`; there are {', '.join(names)}")
        known = [Entry(entry)]
    return evolve(architecture, entries=tuple(known))


def _settings(architecture: Architecture, options: Options) -> Settings:
    kept = architecture.restricted(options.evidence)
    if options.evidence > Evidence.CONFIGURED and options.entry is None:
        known = {entry.to for entry in kept.entries}
        more = [e for e in default_entries(kept).entries if e.to not in known]
        kept = evolve(kept, entries=(*kept.entries, *more))
    scale = Scale(cutoff=options.cutoff, duplicates=options.duplicates, redrives=options.redrives)
    return Settings(kept, scale, options.readings)


def judge(flow: Flow, options: Options) -> dict[str, Judgement]:
    """The stock properties that were asked for, decided.

    Raises:
        ValueError: there is no property of that name.

    """
    if not options.properties:
        return {}
    from lambdaspec.properties.registry import STOCK, find

    names = list(STOCK) if "all" in options.properties else options.properties
    asked = Asked(options.patience)
    return {one.name: one.decide(flow, asked) for one in map(find, names)}


def _loops(decided: Decided, settings: Settings) -> tuple[tuple[FoundLoop, ...], int]:
    """Unbounded loops with their traces first, then the bounded ones."""
    flow = decided.flow
    found = [(unbounded_loop(flow, lasso), trace) for lasso, trace in decided.traces]
    covered = [index for loop, _ in found for index in loop.cycle]
    rest = bounded_loops(flow, covered)
    plain: list[tuple[Loop, Trace | None]] = list(found)
    for loop in rest.listed:
        if loop.verdict is not LoopVerdict.UNBOUNDED:
            plain.append((loop, None))
        elif isinstance(decided.verdict, Unbounded):
            plain += _further(flow, settings, loop)
        else:  # explicit search showed that it cannot be repeated for ever
            plain.append((evolve(loop, verdict=LoopVerdict.EXPIRY), None))
    plain.sort(key=lambda pair: pair[0].verdict is not LoopVerdict.UNBOUNDED)
    named = [FoundLoop(f"L{n}", *pair) for n, pair in enumerate(plain, 1)]
    return tuple(named), rest.omitted


def _further(flow: Flow, settings: Settings, loop: Loop) -> list[tuple[Loop, Trace | None]]:
    """One more endless loop beside those that decided the verdict, if it replays."""
    lasso = survivor_lasso(flow, loop.cycle)
    if lasso is None:
        return []
    try:
        trace = replay(flow, machine_for(settings), lasso)
    except Unreplayable:
        return []
    return [(unbounded_loop(flow, lasso), trace)]


def _possible(
    architecture: Architecture, options: Options, loops: Sequence[FoundLoop]
) -> tuple[Loop, ...]:
    """Loops that weaker evidence would add."""
    if all(e.evidence >= options.evidence for _, _, e in architecture.emissions()):
        return ()
    weaker = evolve(options, evidence=Evidence.PERMITTED)
    settings = _settings(architecture, weaker)
    decided = decide_architecture(settings, options.search)
    every, _ = _loops(decided, settings)
    known = by_path(one.loop for one in loops)
    found = by_path(one.loop for one in every)
    return tuple(loop for path, loop in found.items() if path not in known)


def _rests(architecture: Architecture, options: Options, decided: Decided) -> tuple[Rests, ...]:
    """The assumptions that play a part, each with the verdict that the other reading gives."""
    found = []
    for assumption in ALL_ASSUMPTIONS:
        if not _matters(assumption, decided.flow):
            continue
        now: bool = getattr(options.readings, assumption.setting)
        other = evolve(options, readings=evolve(options.readings, **{assumption.setting: not now}))
        verdict = decide_architecture(_settings(architecture, other), options.search).verdict
        differs = verdict.word != decided.verdict.word
        reading = assumption.other if now else assumption.sound
        found.append(Rests(assumption, reading, verdict.word if differs else None))
    return tuple(found)


def _matters(assumption: Assumption, flow: Flow) -> bool:
    if assumption is SDK_CURRENT:
        running = {site.element for site in flow.sites if site.kind is Kind.RUN}
        functions = [flow.settings.function(name) for name in running]
        return any(f.sdk is Sdk.BUNDLED and f.emits for f in functions)
    role = {SQS_LINEAGE_DLQ: Role.REDRIVE, SNS_LINEAGE_DLQ: Role.BOUNCE}[assumption]
    return any(step.role is role and step.target in flow.plays for step in flow.steps)


_BY_LOOP = {
    LoopVerdict.GUARDED: "guard",
    LoopVerdict.CUT_SHORT: "cutoff",
    LoopVerdict.CUTOFF: "cutoff",
    LoopVerdict.EXPIRY: "expiry",
}


def _bounded_by(result: Result) -> tuple[str, ...]:
    """What the bound rests on; `structure` if there is no loop at all."""
    if not isinstance(result.verdict, Bounded):
        return ()
    reasons = {_BY_LOOP[one.loop.verdict] for one in result.loops}
    if result.nominal is not None and result.worst != result.nominal:
        reasons.add("retries")
    loops = len(result.loops)
    for reason, variant in (
        ("filter", _unfiltered(result.architecture)),
        ("switched-off", _switched_on(result.architecture)),
    ):
        if variant != result.architecture:
            flow = decide_architecture(_settings(variant, result.options)).flow
            if len(bounded_loops(flow).listed) > loops:
                reasons.add(reason)
    if not result.loops:
        reasons.add("structure")
    order = ("structure", "retries", "guard", "filter", "cutoff", "expiry", "switched-off")
    return tuple(reason for reason in order if reason in reasons)


def _unfiltered(architecture: Architecture) -> Architecture:
    return evolve(architecture, triggers=tuple(map(_open, architecture.triggers)))


def _open(trigger: Trigger) -> Trigger:
    """The same trigger with everything passing."""
    match trigger:
        case Notification():
            return evolve(trigger, prefix="", suffix="", events=("*",))
        case Rule():
            return evolve(trigger, prefix="", suffix="", events=("*",), filter=NO_FILTER)
        case QueueMapping() | StreamMapping() | Subscription():
            return evolve(trigger, filter=NO_FILTER)
        case _:
            return trigger


def _switched_on(architecture: Architecture) -> Architecture:
    functions = {
        name: evolve(f, reserved_concurrency=None) if f.switched_off else f
        for name, f in architecture.functions.items()
    }
    kinds = QueueMapping | StreamMapping | Rule
    triggers = tuple(
        evolve(t, enabled=True) if isinstance(t, kinds) else t for t in architecture.triggers
    )
    return evolve(architecture, functions=functions, triggers=triggers)
