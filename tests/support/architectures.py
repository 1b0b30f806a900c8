"""Hypothesis strategies for small architectures whose limits are scaled down.

Everything stays small enough for a complete search: few functions and channels, few receives,
ages that allow two or three deliveries, a cutoff of one to three.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from lambdaspec.architecture.elements import (
    Architecture,
    AsyncConfig,
    Bucket,
    Bus,
    Channel,
    Emission,
    Entry,
    External,
    Function,
    Invoke,
    Notification,
    Queue,
    QueueMapping,
    RecursiveLoop,
    Redrive,
    Rule,
    Sdk,
    Stream,
    StreamMapping,
    Subscription,
    Table,
    Topic,
    Trigger,
)
from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.semantics.limits import Scale

KINDS: dict[str, type[Any]] = {
    "Queue": Queue,
    "Fifo": Queue,
    "Topic": Topic,
    "Bucket": Bucket,
    "Table": Table,
    "Stream": Stream,
    "Bus": Bus,
    "External": External,
}

Draw = Callable[[st.SearchStrategy[Any]], Any]


def scales() -> st.SearchStrategy[Scale]:
    """Small cutoffs; a stream record may be tried two or three times before it expires."""
    return st.builds(
        Scale,
        cutoff=st.integers(1, 3),
        stream_pace=st.sampled_from([30_000_000, 43_200_000]),
        async_delays=st.just((60_000, 120_000)),
    )


@st.composite
def architectures(draw: Draw, *, functions: int = 3, channels: int = 3) -> Architecture:
    """A small architecture with every mechanism in its reach."""
    fs = [f"F{i}" for i in range(draw(st.integers(1, functions)))]
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=channels))
    names = {f"{kind}{i}": kind for i, kind in enumerate(kinds)}
    built: dict[str, Channel] = {}
    for name, kind in names.items():
        built[name] = _channel(draw, name, kind, names, fs)
    triggers = _triggers(draw, names, fs)
    made = {name: _function(draw, name, names, fs) for name in fs}
    places = [n for n, kind in names.items() if kind != "External"] + fs
    entry = draw(st.sampled_from(sorted(places)))
    entries = (Entry(entry, tuple(draw(st.sampled_from([(), (("n", 1),)])))),)
    return Architecture("generated", made, built, tuple(triggers), entries)


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
        return Stream(name, 86_400)
    channel: Channel = KINDS[kind](name)
    return channel


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
        sdk=draw(st.sampled_from([Sdk.SUPPORTED, Sdk.SUPPORTED, Sdk.UNSUPPORTED, Sdk.BUNDLED])),
        recursive_loop=draw(
            st.sampled_from([RecursiveLoop.TERMINATE, RecursiveLoop.TERMINATE, RecursiveLoop.ALLOW])
        ),
        reserved_concurrency=draw(st.sampled_from([None, None, None, 0])),
        can_fail=draw(st.booleans()),
        asynchronous=asynchronous,
        emits=tuple(emits),
    )


def _triggers(draw: Draw, names: dict[str, str], fs: list[str]) -> list[Trigger]:
    found: list[Trigger] = []
    standard = [n for n, k in names.items() if k == "Queue"]
    for name, kind in names.items():
        for _ in range(draw(st.sampled_from([1, 2, 0]))):
            found.append(_trigger(draw, name, kind, names, fs, standard))
    unique: dict[tuple[str, str], Trigger] = {}
    for one in found:
        target = one.function if isinstance(one, QueueMapping | StreamMapping) else one.target
        unique.setdefault((one.source, target), one)
    return [one for (source, _), one in unique.items() if names[source] != "External"]


def _trigger(
    draw: Draw, name: str, kind: str, names: dict[str, str], fs: list[str], standard: list[str]
) -> Trigger:
    function = draw(st.sampled_from(fs))
    enabled = draw(st.sampled_from([True, True, True, False]))
    partial = draw(st.booleans())
    match kind:
        case "Queue" | "Fifo":
            return QueueMapping(name, function, draw(st.integers(1, 2)), partial, enabled)
        case "Table" | "Stream":
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
            )
        case "Topic":
            target = draw(st.sampled_from(fs + standard))
            return Subscription(name, target, draw(st.sampled_from([None, *standard])))
        case "Bucket":
            targets = fs + standard + [n for n, k in names.items() if k == "Topic"]
            prefix = draw(st.sampled_from(["", "in/", "i"]))
            events = draw(
                st.sampled_from(
                    [("ObjectCreated:*",), ("ObjectCreated:Put",), ("ObjectRemoved:*",)]
                )
            )
            return Notification(name, draw(st.sampled_from(targets)), events, prefix)
        case _:
            targets = fs + standard + [n for n, k in names.items() if k == "Topic"]
            return Rule(name, draw(st.sampled_from(targets)), enabled)
