"""Asynchronous invocation."""

from __future__ import annotations

import pytest

from lambdaspec.architecture.elements import AsyncConfig, Bus, Emission, Function, Queue
from lambdaspec.semantics.state import AgeOut, AsyncEvent, Attempt, Fail, Message, Notice
from tests.support.build import Driver, arch


def driver(config: AsyncConfig, **changes: object) -> Driver:
    function = Function("F", asynchronous=config, **changes)  # type: ignore[arg-type]
    return Driver(arch([function], [Queue("D"), Queue("E"), Bus("B")], entry="F"))


def attempts(run: Driver) -> int:
    done = 0
    while any(isinstance(action, Attempt) for action in run.actions):
        if run.first(Attempt).invoked is None:
            break
        run.first(Fail)
        done += 1
    return done


@pytest.mark.parametrize(
    ("retries", "age", "expected"),
    [(None, None, 3), (0, None, 1), (1, None, 2), (2, 60, 2), (2, 179, 2), (2, 180, 3)],
)
def test_attempts_are_bounded_by_retries_and_age(
    retries: int | None, age: int | None, expected: int
) -> None:
    assert attempts(driver(AsyncConfig(retries, age))) == expected


def test_a_failed_event_goes_to_the_dead_letter_queue_and_the_destination() -> None:
    run = driver(AsyncConfig(0, dead_letter="D", on_failure="E"))
    attempts(run)
    assert [m.queue for m in run.at(Message) if isinstance(m, Message)] == ["D", "E"]


def test_without_either_it_is_discarded() -> None:
    run = driver(AsyncConfig(0))
    attempts(run)
    assert run.state.entities == ()


def test_success_goes_to_the_on_success_destination_with_the_lineage() -> None:
    run = driver(AsyncConfig(on_success="D"))
    run.first(Attempt)
    run.finish()
    assert run.at(Message) == [Message("D", lineage=(("F", 1),))]


def test_a_bus_as_destination_loses_the_lineage() -> None:
    run = driver(AsyncConfig(on_success="B"))
    run.first(Attempt)
    run.finish()
    assert run.at(Notice) == [Notice("B")]


def test_a_destination_wraps_the_payload_a_dead_letter_queue_does_not() -> None:
    run = driver(AsyncConfig(0, dead_letter="D", on_failure="E"))
    run.state = run.state.of([AsyncEvent("F", payload=(("depth", 4),))])
    attempts(run)
    payloads = {m.queue: m.payload for m in run.at(Message) if isinstance(m, Message)}
    assert payloads == {"D": (("depth", 4),), "E": ()}


def test_an_event_that_waits_too_long_is_given_up_without_an_execution() -> None:
    run = driver(AsyncConfig(dead_letter="D"))
    run.first(AgeOut)
    assert run.invoked == []
    assert run.at(Message) == [Message("D")]


def test_a_switched_off_function_feeds_its_dead_letter_queue() -> None:
    run = driver(AsyncConfig(dead_letter="D"), reserved_concurrency=0)
    assert run.first(Attempt).rule == "CONC-ZERO"
    assert run.invoked == []
    assert run.at(Message) == [Message("D")]


def test_a_retry_does_not_count_in_the_lineage() -> None:
    run = driver(AsyncConfig(dead_letter="D"), emits=(Emission("D"),))
    run.first(Attempt)
    run.first(Fail)
    run.first(Attempt)
    assert run.running()[0].lineage == (("F", 1),)


def test_a_function_that_cannot_fail_never_fails() -> None:
    run = driver(AsyncConfig(), can_fail=False)
    run.first(Attempt)
    assert not any(isinstance(action, Fail) for action in run.actions)
