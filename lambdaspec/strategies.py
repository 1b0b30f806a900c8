"""Hypothesis strategies: small architectures, configurations of one, and runs of one.

Everything shrinks to fewer functions, fewer settings and shorter runs. The limits are small enough
that a complete search of what is drawn is quick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen
from hypothesis import assume
from hypothesis import strategies as st

from lambdaspec.architecture.elements import (
    NO_FILTER,
    Architecture,
    AsyncConfig,
    Bucket,
    Bus,
    Channel,
    Emission,
    Engine,
    Entry,
    External,
    Filter,
    Function,
    Integration,
    Invoke,
    MoveTask,
    Notification,
    Queue,
    QueueMapping,
    RecursiveLoop,
    Redrive,
    Retries,
    Rule,
    Runner,
    Sdk,
    Stream,
    StreamMapping,
    Subscription,
    Table,
    Topic,
    Trigger,
    target_of,
)
from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.architecture.logs import with_logs
from lambdaspec.architecture.services import (
    IotTopic,
    LogGroup,
    Route,
    RouteKind,
    Schedule,
    Task,
    Workflow,
)
from lambdaspec.checking import prepared
from lambdaspec.decide import machine_for
from lambdaspec.result import Options
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.narrate import Narrator
from lambdaspec.semantics.state import Action, State
from lambdaspec.symbolic.edits import apply, compatible, valid
from lambdaspec.symbolic.mistakes import mistakes

KINDS: dict[str, type[Any]] = {
    "Queue": Queue,
    "Fifo": Queue,
    "Topic": Topic,
    "Bucket": Bucket,
    "Table": Table,
    "Stream": Stream,
    "Bus": Bus,
    "External": External,
    "Schedule": Schedule,
    "Iot": IotTopic,
    "Logs": LogGroup,
    "Route": Route,
    "Workflow": Workflow,
}
SERVICES = ("Bus", "Iot", "Logs", "Queue", "Route", "Schedule", "Workflow", "Workflow", "Workflow")
"""Kinds for architectures in which services outside Lambda's own are many."""

SOURCES = ("External", "Workflow")
"""Channels that no trigger listens to: they act by themselves."""

Draw = Callable[[st.SearchStrategy[Any]], Any]


def scales() -> st.SearchStrategy[Scale]:
    """Small cutoffs; a stream record may be tried two or three times before it expires."""
    return st.builds(
        Scale,
        cutoff=st.integers(1, 3),
        stream_pace=st.sampled_from([30_000_000, 43_200_000]),
        async_delays=st.just((60_000, 120_000)),
        history=st.sampled_from([3, 7]),
        express_time=st.sampled_from([30_000_000, 86_400_000]),
        duplicates=st.sampled_from([0, 0, 0, 1]),
        redrives=st.sampled_from([0, 0, 1]),
    )


def architectures(
    *, functions: int = 3, channels: int = 3, kinds: tuple[str, ...] = tuple(sorted(KINDS))
) -> st.SearchStrategy[Architecture]:
    """Small architectures that AWS would accept, with every mechanism in their reach.

    Args:
        functions: how many functions at most.
        channels: how many queues, topics and so on at most.
        kinds: which kinds of channels; see `KINDS`.

    """
    return drafts(functions=functions, channels=channels, kinds=kinds).filter(valid)


@st.composite
def configurations(
    draw: Draw, architecture: Architecture, *, within: int = 2, only: tuple[str, ...] = ()
) -> Architecture:
    """The architecture with up to `within` realistic mistakes made; it shrinks towards none.

    Args:
        draw: given by Hypothesis.
        architecture: where the mistakes are made.
        within: how many at most.
        only: names of mistakes, as `lambdaspec search --catalogue` lists them; all when empty.

    Raises:
        ValueError: there is no mistake of such a name.

    """
    every = mistakes(architecture, only, far=True)
    if not every:
        return architecture
    places = draw(st.sets(st.sampled_from(range(len(every))), max_size=within))
    chosen = [every[place] for place in sorted(places)]
    assume(compatible(chosen))
    made = apply(architecture, chosen)
    assume(valid(made))
    return made


@st.composite
def runs(
    draw: Draw, architecture: Architecture, *, steps: int = 30, options: Options | None = None
) -> Run:
    """A run of the machine from one event; it shrinks towards short runs of first choices.

    Its `actions` can be given to `lambdaspec.testing.follow`.
    """
    machine = machine_for(prepared(architecture, options or Options()))
    starts = list(machine.initial_states())
    assume(starts)
    state = starts[draw(st.integers(0, len(starts) - 1))]
    narrator = Narrator(machine)
    narrator.begin(state)
    labels: list[str] = []
    states = [state]
    for _ in range(draw(st.integers(0, steps))):
        enabled: dict[str, Action] = {}
        for action in machine.actions(state):
            enabled.setdefault(narrator.label(action), action)
        if not enabled:
            break
        label = list(enabled)[draw(st.integers(0, len(enabled) - 1))]
        change, after = machine.change(state, enabled[label]), machine.step(state, enabled[label])
        if change is None or after is None:
            break
        narrator.tell(enabled[label], change)
        labels.append(label)
        states.append(after)
        state = after
    return Run(tuple(labels), tuple(states))


@frozen
class Run:
    """A run of the machine: its actions by their labels, and the states, the first one included."""

    actions: tuple[str, ...]
    states: tuple[State, ...]


@st.composite
def drafts(
    draw: Draw,
    *,
    functions: int = 3,
    channels: int = 3,
    kinds: tuple[str, ...] = tuple(sorted(KINDS)),
) -> Architecture:
    """As `architectures`, before AWS has refused some of them."""
    fs = [f"F{i}" for i in range(draw(st.integers(1, functions)))]
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=channels))
    names = {f"{kind}{i}": kind for i, kind in enumerate(chosen)}
    built: dict[str, Channel] = {}
    for name, kind in names.items():
        built[name] = _channel(draw, name, kind, names, fs)
    triggers = _triggers(draw, names, fs)
    made = {name: _function(draw, name, names, fs) for name in fs}
    read = [n for n, kind in names.items() if kind in ("Queue", "Fifo", "Table", "Stream")]
    if read and draw(st.integers(0, 4)) == 0:
        source = draw(st.sampled_from(read))
        made["Pipe"] = _pipe(draw, fs, names)
        triggers.append(_mapping(draw, source, names[source], "Pipe", names))
    places = [n for n, kind in names.items() if kind != "External"] + fs
    entry = draw(st.sampled_from(sorted(places)))
    entries = (Entry(entry, tuple(draw(st.sampled_from([(), (("n", 1),)])))),)
    return with_logs(Architecture("generated", made, built, tuple(triggers), entries))


def _channel(draw: Draw, name: str, kind: str, names: dict[str, str], fs: list[str]) -> Channel:
    if kind in ("Queue", "Fifo"):
        fifo = kind == "Fifo"
        others = [n for n, k in names.items() if k == kind]
        redrive = None
        if draw(st.booleans()):
            redrive = Redrive(draw(st.sampled_from(others)), draw(st.integers(1, 3)))
        if redrive is not None and redrive.to == name:
            redrive = None
        return Queue(
            name, fifo, draw(st.sampled_from([30, 40])), 60 + draw(st.integers(0, 40)), redrive
        )
    if kind == "External":
        targets = fs + [n for n, k in names.items() if k != "External"]
        return External(name, (_emission(draw, targets, fs),))
    if kind == "Stream":
        engine = draw(st.sampled_from([Engine.KINESIS, *Engine]))
        age = None if engine in (Engine.ACTIVEMQ, Engine.RABBITMQ) else 86_400
        return Stream(name, age, engine)
    if kind == "Logs":
        writers = draw(st.lists(st.sampled_from(fs), unique=True))
        return LogGroup(name, tuple(writers), draw(st.booleans()))
    if kind == "Route":
        return Route(name, draw(st.sampled_from(list(RouteKind))))
    if kind == "Workflow":
        return _workflow(draw, name, names, fs)
    channel: Channel = KINDS[kind](name)
    return channel


def _workflow(draw: Draw, name: str, names: dict[str, str], fs: list[str]) -> Workflow:
    states = [f"s{i}" for i in range(draw(st.integers(1, 3)))]
    some = st.lists(st.sampled_from(states), max_size=2, unique=True)
    tasks = {}
    for state in states:
        first = state == states[0]
        guarded = not first and draw(st.integers(0, 3)) == 0
        tasks[state] = Task(
            state,
            draw(st.sampled_from([None, *fs, *fs, *names])),
            retries=draw(st.integers(0, 2)),
            times=draw(st.sampled_from([1, 1, 1, 2])),
            next=tuple(draw(some)),
            parallel=tuple(draw(some)) if draw(st.integers(0, 4)) == 0 else (),
            catch=draw(st.sampled_from([None, *states])),
            when=(Guard("n", None, 1),) if guarded else (),
            updates=(Update("n", 1, True),) if draw(st.integers(0, 4)) == 0 else (),
        )
    return Workflow(name, tasks, draw(st.booleans()))


def _filter(draw: Draw) -> Filter:
    if draw(st.integers(0, 4)):
        return NO_FILTER
    return draw(  # type: ignore[no-any-return]
        st.sampled_from(
            [Filter((Guard("n", None, 1),)), Filter((Guard("n", 1, None),)), Filter(opaque=True)]
        )
    )


def _emission(draw: Draw, targets: list[str], fs: list[str]) -> Emission:
    to = draw(st.sampled_from(sorted(targets)))
    when: tuple[Guard, ...] = ()
    updates: tuple[Update, ...] = ()
    if draw(st.integers(0, 3)) == 0:
        when = (Guard("n", *draw(st.sampled_from([(None, 2), (None, 1), (1, None), (0, 1)]))),)
    if when or draw(st.integers(0, 5)) == 0:
        value, adds = draw(st.sampled_from([(1, True), (0, False), (1, False), (-1, True)]))
        updates = (Update("n", value, adds),)
    key = draw(st.sampled_from(["{}", "in/{}", "out/{}"]))
    return Emission(
        to,
        times=draw(st.sampled_from([1, 1, 1, 2])),
        when=when,
        updates=updates,
        key=key if to.startswith("Bucket") else "{}",
        event="ObjectCreated:Put" if to.startswith("Bucket") else "ObjectCreated:*",
        invoke=draw(st.sampled_from(list(Invoke))) if to in fs else Invoke.ASYNC,
    )


def _function(draw: Draw, name: str, names: dict[str, str], fs: list[str]) -> Function:
    targets = fs + list(names)
    emits = [_emission(draw, targets, fs) for _ in range(draw(st.sampled_from([1, 1, 2, 0])))]
    standard = [None, None, *(n for n, k in names.items() if k in ("Queue", "Topic"))]
    more = [*standard, *fs, *(n for n, k in names.items() if k == "Bus")]
    failure = [*more, *(n for n, k in names.items() if k == "Bucket")]
    asynchronous = AsyncConfig(
        max_retry_attempts=draw(st.integers(0, 2)),
        max_event_age=draw(st.sampled_from([60, 179, 21_600])),
        dead_letter=draw(st.sampled_from(standard)),
        on_success=draw(st.sampled_from(more)) if draw(st.booleans()) else None,
        on_failure=draw(st.sampled_from(failure)),
    )
    return Function(
        name,
        timeout=draw(st.sampled_from([None, None, 90])),
        retries=draw(st.sampled_from([Retries.STANDARD, Retries.NONE])),
        sdk=draw(st.sampled_from([Sdk.SUPPORTED, Sdk.SUPPORTED, Sdk.UNSUPPORTED, Sdk.BUNDLED])),
        recursive_loop=draw(
            st.sampled_from([RecursiveLoop.TERMINATE, RecursiveLoop.TERMINATE, RecursiveLoop.ALLOW])
        ),
        reserved_concurrency=draw(st.sampled_from([None, None, None, 0])),
        can_fail=draw(st.booleans()),
        asynchronous=asynchronous,
        emits=tuple(emits),
    )


def _pipe(draw: Draw, fs: list[str], names: dict[str, str]) -> Function:
    emits = [Emission(draw(st.sampled_from(fs)), invoke=Invoke.SYNC)]
    emits.append(_emission(draw, fs + list(names), fs))
    return Function(
        "Pipe",
        sdk=Sdk.UNSUPPORTED,
        emits=tuple(emits[draw(st.integers(0, 1)) :]),
        retries=Retries.NONE,
        runner=Runner.PIPE,
    )


def _triggers(draw: Draw, names: dict[str, str], fs: list[str]) -> list[Trigger]:
    found: list[Trigger] = []
    standard = [n for n, k in names.items() if k == "Queue"]
    for name, kind in names.items():
        for _ in range(draw(st.sampled_from([1, 2, 0]))):
            found.append(_trigger(draw, name, kind, names, fs, standard))
    unique: dict[tuple[str, str], Trigger] = {}
    for one in found:
        unique.setdefault((one.source, target_of(one)), one)
    return [one for (source, _), one in unique.items() if names[source] not in SOURCES]


def _mapping(
    draw: Draw, name: str, kind: str, function: str, names: dict[str, str]
) -> QueueMapping | StreamMapping:
    enabled = draw(st.sampled_from([True, True, True, False]))
    partial = draw(st.booleans())
    if kind in ("Queue", "Fifo"):
        size = draw(st.integers(1, 2))
        return QueueMapping(name, function, size, partial, enabled, _filter(draw))
    places = [None, *(n for n, k in names.items() if k in ("Queue", "Topic", "Bucket"))]
    return StreamMapping(
        name,
        function,
        batch_size=draw(st.integers(1, 3)),
        max_retry_attempts=draw(st.sampled_from([-1, 0, 1])),
        max_record_age=draw(st.sampled_from([-1, 60_000])),
        bisect=draw(st.booleans()),
        partial_batch=partial,
        on_failure=draw(st.sampled_from(places)),
        enabled=enabled,
        filter=_filter(draw),
    )


def _trigger(
    draw: Draw, name: str, kind: str, names: dict[str, str], fs: list[str], standard: list[str]
) -> Trigger:
    function = draw(st.sampled_from(fs))
    enabled = draw(st.sampled_from([True, True, True, False]))
    match kind:
        case "Queue" | "Fifo":
            others = [n for n, k in names.items() if k in ("Queue", "Fifo") and n != name]
            if others and draw(st.integers(0, 5)) == 0:
                return MoveTask(name, draw(st.sampled_from(others)))
            return _mapping(draw, name, kind, function, names)
        case "Route":
            return Integration(name, function)
        case "Table" | "Stream":
            return _mapping(draw, name, kind, function, names)
        case "Topic":
            target = draw(st.sampled_from(fs + standard))
            letter = draw(st.sampled_from([None, *standard]))
            return Subscription(name, target, letter, _filter(draw))
        case "Bucket":
            targets = fs + standard + [n for n, k in names.items() if k in ("Topic", "Bus")]
            prefix = draw(st.sampled_from(["", "in/", "i"]))
            events = draw(
                st.sampled_from(
                    [("ObjectCreated:*",), ("ObjectCreated:Put",), ("ObjectRemoved:*",)]
                )
            )
            return Notification(name, draw(st.sampled_from(targets)), events, prefix)
        case _:
            kinds = ("Topic", "Bus", "Stream", "Iot", "Workflow", "Route")
            targets = fs + standard + [n for n, k in names.items() if k in kinds]
            buckets = [n for n, k in names.items() if k == "Bucket"]
            about = draw(st.sampled_from([None, *buckets])) if kind == "Bus" else None
            return Rule(
                name,
                draw(st.sampled_from(targets)),
                enabled,
                draw(st.sampled_from([None, None, *standard])),
                _filter(draw),
                about,
                prefix=draw(st.sampled_from(["", "in/"])) if about else "",
            )
