"""Architectures on which flow and replay once disagreed, found by generation."""

from __future__ import annotations

import pytest
from attrs import evolve

from lambdaspec.architecture.elements import (
    Architecture,
    AsyncConfig,
    Bucket,
    Channel,
    Emission,
    Entry,
    Filter,
    Function,
    Invoke,
    Notification,
    Queue,
    QueueMapping,
    RecursiveLoop,
    Retries,
    Runner,
    Sdk,
    Stream,
    StreamMapping,
    Subscription,
    Topic,
)
from lambdaspec.architecture.guards import Update, parse_guard, parse_update
from lambdaspec.checking import check
from lambdaspec.result import Options

QUICK = Options(search=300, cutoff=3)
COUNTED = parse_guard("event.n < 2")
PLUS_ONE = (parse_update("n", "event.n + 1"),)
F0 = Function("F0", can_fail=False, retries=Retries.STANDARD, asynchronous=AsyncConfig(0, 60))
PIPE = Function("Pipe", sdk=Sdk.UNSUPPORTED, retries=Retries.NONE, runner=Runner.PIPE)
FIFO = Queue("Fifo0", fifo=True, visibility_timeout=30, retention=60)
LOW = Filter(when=parse_guard("event.n < 1"))


def _behind_what_only_the_other_reader_takes() -> Architecture:
    f0 = evolve(
        F0,
        emits=(
            Emission("F0", invoke=Invoke.SYNC),
            Emission("Fifo0", when=COUNTED, updates=PLUS_ONE),
        ),
    )
    pipe = evolve(PIPE, emits=(Emission("F0", invoke=Invoke.SYNC), Emission("Fifo0")))
    readers = (QueueMapping("Fifo0", "F0", 1), QueueMapping("Fifo0", "Pipe", 1))
    return Architecture("g", {"F0": f0, "Pipe": pipe}, {"Fifo0": FIFO}, readers, (Entry("F0"),))


def _behind_what_a_filter_refuses() -> Architecture:
    call = Emission("F0", invoke=Invoke.SYNC)
    f0 = evolve(F0, emits=(Emission("Fifo0"),))
    pipe = evolve(PIPE, emits=(call, evolve(call, when=COUNTED, updates=PLUS_ONE)))
    readers = (QueueMapping("Fifo0", "F0", 1, filter=LOW), QueueMapping("Fifo0", "Pipe", 1))
    return Architecture("g", {"F0": f0, "Pipe": pipe}, {"Fifo0": FIFO}, readers, (Entry("Fifo0"),))


def _company_only_of_a_run_that_fails() -> Architecture:
    f0 = evolve(
        F0,
        emits=(Emission("Bucket1", when=COUNTED, updates=PLUS_ONE, event="ObjectCreated:Put"),),
    )
    pipe = evolve(PIPE, emits=(Emission("Bucket1", event="ObjectCreated:Put"),))
    triggers = (
        QueueMapping("Queue0", "F0", 1, filter=LOW),
        Notification("Bucket1", "Queue0"),
        QueueMapping("Queue0", "Pipe", 1),
    )
    channels: dict[str, Channel] = {
        "Queue0": Queue("Queue0", visibility_timeout=30, retention=60),
        "Bucket1": Bucket("Bucket1"),
    }
    return Architecture("g", {"F0": f0, "Pipe": pipe}, channels, triggers, (Entry("Bucket1"),))


def _a_pipe_that_fails_after_its_functions() -> Architecture:
    f0 = evolve(F0, emits=())
    pipe = evolve(PIPE, emits=(Emission("F0", invoke=Invoke.SYNC),))
    queue = Queue("Orders", visibility_timeout=0)
    reader = QueueMapping("Orders", "Pipe", 1)
    return Architecture(
        "g", {"F0": f0, "Pipe": pipe}, {"Orders": queue}, (reader,), (Entry("Orders"),)
    )


def _a_dead_letter_that_comes_back() -> Architecture:
    f0 = Function(
        "F0",
        can_fail=False,
        recursive_loop=RecursiveLoop.ALLOW,
        asynchronous=AsyncConfig(0, 60, dead_letter="Topic0", on_failure="F0"),
    )
    f1 = Function("F1", emits=(Emission("F0", updates=PLUS_ONE),))
    late = Subscription("Topic0", "F0", filter=Filter(when=parse_guard("event.n >= 1")))
    entries = (Entry("F0"), Entry("F1"))
    return Architecture("g", {"F0": f0, "F1": f1}, {"Topic0": Topic("Topic0")}, (late,), entries)


def _behind_a_record_that_the_filter_stops() -> Architecture:
    zero, one = (Update("n", 0, adds=False),), (Update("n", 1, adds=False),)
    f0 = evolve(F0, emits=(Emission("Log", updates=zero), Emission("Log", updates=one)))
    reader = StreamMapping("Log", "F0", filter=Filter(when=parse_guard("event.n >= 1")))
    channels: dict[str, Channel] = {"Log": Stream("Log")}
    return Architecture("g", {"F0": f0}, channels, (reader,), (Entry("Log", payload=(("n", 1),)),))


@pytest.mark.parametrize(
    "make",
    [
        _behind_a_record_that_the_filter_stops,
        _behind_what_only_the_other_reader_takes,
        _behind_what_a_filter_refuses,
        _company_only_of_a_run_that_fails,
        _a_pipe_that_fails_after_its_functions,
        _a_dead_letter_that_comes_back,
    ],
)
def test_an_endless_run_is_replayed(make: object) -> None:
    architecture = make()  # type: ignore[operator]
    result = check(architecture, QUICK)
    assert result.verdict.word == "unbounded"
    assert any(one.trace is not None for one in result.loops)
