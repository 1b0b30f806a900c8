"""Running functions: order of writes, guards, synchronous calls."""

from __future__ import annotations

from lambdaspec.architecture.elements import Emission, Function, Invoke, Queue
from lambdaspec.architecture.guards import parse_guard, parse_update
from lambdaspec.semantics.invocation import holds, updated
from lambdaspec.semantics.state import AsyncEvent, Attempt, Emit, Fail, Message, Return
from tests.support.build import Driver, arch


def sync(to: str, **changes: object) -> Emission:
    return Emission(to, invoke=Invoke.SYNC, **changes)  # type: ignore[arg-type]


def test_a_guard_keeps_an_emission_from_happening() -> None:
    guarded = Emission(
        "Q", when=parse_guard("event.n < 2"), updates=(parse_update("n", "event.n + 1"),)
    )
    run = Driver(arch([Function("F", emits=(guarded,))], [Queue("Q")], entry="F"))
    for before, after in ((0, [1]), (1, [2]), (2, [])):
        run.state = run.state.of([AsyncEvent("F", payload=(("n", before),))])
        run.first(Attempt)
        run.finish()
        assert [dict(m.payload)["n"] for m in run.at(Message) if isinstance(m, Message)] == after


def test_a_field_that_is_absent_reads_as_zero() -> None:
    assert holds(parse_guard("event.n == 0"), ())
    assert updated((parse_update("n", "event.n + 3"),), ()) == (("n", 3),)
    assert updated((parse_update("n", 0),), (("n", 3),)) == ()


def test_times_makes_copies() -> None:
    run = Driver(arch([Function("F", emits=(Emission("Q", times=3),))], [Queue("Q")], entry="F"))
    run.first(Attempt)
    run.finish()
    assert len(run.at(Message)) == 3


def test_a_caller_waits_and_goes_on_whatever_the_answer() -> None:
    functions = [Function("F", emits=(sync("G"), Emission("Q"))), Function("G")]
    for answer in (Return, Fail):
        run = Driver(arch(functions, [Queue("Q")], entry="F"))
        run.first(Attempt)
        assert run.first(Emit).invoked == "G"
        run.first(answer)
        run.first(Emit)
        assert len(run.at(Message)) == 1


def test_lambda_does_not_retry_a_synchronous_call() -> None:
    run = Driver(arch([Function("F", emits=(sync("G"),)), Function("G")], entry="F"))
    run.first(Attempt)
    run.first(Emit)
    run.first(Fail)
    run.first(Return)
    assert run.invoked == ["F", "G"]


def test_a_function_can_fail_before_between_and_after_its_writes() -> None:
    emits = (Emission("Q"), Emission("Q"))
    for writes in range(3):
        run = Driver(arch([Function("F", emits=emits)], [Queue("Q")], entry="F"))
        run.first(Attempt)
        for _ in range(writes):
            run.first(Emit)
        run.first(Fail)
        assert len(run.at(Message)) == writes


def test_it_returns_only_when_everything_is_written() -> None:
    run = Driver(arch([Function("F", emits=(Emission("Q"),))], [Queue("Q")], entry="F"))
    run.first(Attempt)
    assert not any(isinstance(action, Return) for action in run.actions)


def test_a_switched_off_callee_is_not_invoked() -> None:
    functions = [Function("F", emits=(sync("G"),)), Function("G", reserved_concurrency=0)]
    run = Driver(arch(functions, entry="F"))
    run.first(Attempt)
    assert run.first(Emit).rule == "CONC-ZERO"
    assert run.invoked == ["F"]
