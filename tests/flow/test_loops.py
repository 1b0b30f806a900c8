"""The loops: which there are, what stops each, and traps others fell into."""

from __future__ import annotations

import pytest

from lambdaspec.architecture.elements import (
    Emission,
    Evidence,
    Function,
    Invoke,
    Queue,
    QueueMapping,
    RecursiveLoop,
    Redrive,
    Sdk,
    StreamMapping,
    Table,
)
from lambdaspec.architecture.guards import parse_guard, parse_update
from lambdaspec.checking import check
from lambdaspec.flow.loops import LoopVerdict
from lambdaspec.kernel.verdict import Bounded, Unbounded
from lambdaspec.result import Options
from lambdaspec.semantics.assumptions import Readings
from tests.support.build import arch, writer

REDRIVE = Redrive("D", 3)


def test_every_arrow_of_a_path_is_a_connection_even_in_a_large_component() -> None:
    """Printing a whole component as if it were one cycle shows arrows that do not exist."""
    functions = [writer("A", "B"), writer("B", "A", "C"), writer("C", "B")]
    connections = {("A", "B"), ("B", "A"), ("B", "C"), ("C", "B")}
    result = check(arch(functions))
    assert len(result.loops) == 2
    for one in result.loops:
        assert set(zip(one.loop.path, one.loop.path[1:], strict=False)) <= connections


def test_a_loop_of_one_step_is_shown_with_its_step() -> None:
    result = check(arch([writer("F", "F")]))
    assert result.loops[0].loop.path == ("F", "F")


def test_nesting_is_not_lineage() -> None:
    """A loop whose every invocation is over before the next begins is cut all the same."""
    result = check(arch([writer("F", "Q")], [Queue("Q")], [QueueMapping("Q", "F", 1)]))
    assert result.loops[0].loop.verdict is LoopVerdict.CUTOFF
    assert result.loops[0].loop.runs == 16


def test_a_retry_is_no_loop() -> None:
    result = check(arch([Function("F")], [Queue("Q")], [QueueMapping("Q", "F", 1)]))
    assert result.loops == ()
    assert result.bounded_by == ("structure", "retries")


def test_visibility_zero_without_redrive_retries_for_ever() -> None:
    queue = Queue("Q", visibility_timeout=0)
    result = check(arch([Function("F")], [queue], [QueueMapping("Q", "F", 1)]))
    assert isinstance(result.verdict, Unbounded)
    assert result.loops[0].loop.path == ("Q", "Q")
    assert any("tried for ever" in note for note in result.findings[0].notes)


@pytest.mark.parametrize(
    ("bound", "mode", "expected", "runs"),
    [
        (10, RecursiveLoop.TERMINATE, LoopVerdict.GUARDED, 11),
        (15, RecursiveLoop.TERMINATE, LoopVerdict.GUARDED, 16),
        (16, RecursiveLoop.TERMINATE, LoopVerdict.CUT_SHORT, 16),
        (30, RecursiveLoop.TERMINATE, LoopVerdict.CUT_SHORT, 16),
        (30, RecursiveLoop.ALLOW, LoopVerdict.GUARDED, 31),
    ],
)
def test_guards_and_the_cutoff(
    bound: int, mode: RecursiveLoop, expected: LoopVerdict, runs: int
) -> None:
    again = Emission(
        "F",
        when=parse_guard(f"event.n < {bound}"),
        updates=(parse_update("n", "event.n + 1"),),
        invoke=Invoke.ASYNC,
    )
    result = check(arch([Function("F", recursive_loop=mode, emits=(again,))]))
    assert isinstance(result.verdict, Bounded)
    loop = result.loops[0].loop
    assert (loop.verdict, loop.runs) == (expected, runs)
    assert loop.intended == (bound + 1 if expected is LoopVerdict.CUT_SHORT else None)


def test_a_counter_that_goes_down_is_a_guard_too() -> None:
    again = Emission(
        "F", when=parse_guard("event.ttl > 0"), updates=(parse_update("ttl", "event.ttl - 1"),)
    )
    function = Function("F", recursive_loop=RecursiveLoop.ALLOW, emits=(again,))
    from attrs import evolve

    from lambdaspec.architecture.elements import Entry

    made = evolve(arch([function]), entries=(Entry("F", (("ttl", 5),)),))
    result = check(made)
    assert isinstance(result.verdict, Bounded)
    assert (result.loops[0].loop.verdict, result.loops[0].loop.runs) == (LoopVerdict.GUARDED, 6)


def test_a_guard_whose_counter_is_reset_guards_nothing() -> None:
    there = Emission("G", updates=(parse_update("n", 0),))
    back = Emission(
        "F", when=parse_guard("event.n < 3"), updates=(parse_update("n", "event.n + 1"),)
    )
    allow = RecursiveLoop.ALLOW
    functions = [
        Function("F", recursive_loop=allow, emits=(there,)),
        Function("G", recursive_loop=allow, emits=(back,)),
    ]
    assert isinstance(check(arch(functions)).verdict, Unbounded)


def test_a_guard_in_one_function_and_its_counter_in_another() -> None:
    there = Emission("G", updates=(parse_update("n", "event.n + 1"),))
    back = Emission("F", when=parse_guard("event.n < 3"))
    allow = RecursiveLoop.ALLOW
    functions = [
        Function("F", recursive_loop=allow, emits=(there,)),
        Function("G", recursive_loop=allow, emits=(back,)),
    ]
    result = check(arch(functions))
    assert isinstance(result.verdict, Bounded)
    assert result.loops[0].loop.verdict is LoopVerdict.GUARDED


def test_one_terminate_function_stops_a_ring_of_allow() -> None:
    functions = [
        Function("F", recursive_loop=RecursiveLoop.ALLOW, emits=(Emission("G"),)),
        writer("G", "F"),
    ]
    result = check(arch(functions))
    assert isinstance(result.verdict, Bounded)
    assert result.loops[0].loop.refused == "G"


def test_a_cut_event_that_its_dead_letter_consumer_sends_again_runs_for_ever() -> None:
    """The cut stops one function; another one, in Allow, keeps feeding it."""
    from lambdaspec.architecture.elements import AsyncConfig

    functions = [
        Function("F", asynchronous=AsyncConfig(dead_letter="Q")),
        Function("G", recursive_loop=RecursiveLoop.ALLOW, emits=(Emission("F"),)),
    ]
    result = check(arch(functions, [Queue("Q")], [QueueMapping("Q", "G", 1)], "F"))
    assert isinstance(result.verdict, Unbounded)


def test_what_is_sent_round_without_running_still_leaves_something_that_runs() -> None:
    """F is switched off: its events go to itself and, each time, to a queue that G reads."""
    from lambdaspec.architecture.elements import AsyncConfig

    config = AsyncConfig(dead_letter="Q", on_failure="F")
    functions = [Function("F", reserved_concurrency=0, asynchronous=config), Function("G")]
    result = check(arch(functions, [Queue("Q")], [QueueMapping("Q", "G", 1)], "F"))
    assert isinstance(result.verdict, Unbounded)
    trace = result.loops[0].trace
    assert trace is not None
    assert "G" in [step.change.invoked for step in trace.steps]


def test_every_endless_loop_has_a_line_of_its_own() -> None:
    tables = [Table("T"), Table("U")]
    triggers = [StreamMapping("T", "F"), StreamMapping("U", "F")]
    result = check(arch([writer("F", "T", "U")], tables, triggers))
    assert [one.loop.verdict for one in result.loops] == [LoopVerdict.UNBOUNDED] * 2
    assert all(one.trace is not None for one in result.loops)


def test_the_reading_that_flips_the_verdict_is_named() -> None:
    functions = [Function("F"), writer("G", "Q")]
    queues = [Queue("Q", redrive=REDRIVE), Queue("D")]
    triggers = [QueueMapping("Q", "F", 1), QueueMapping("D", "G", 1)]
    made = arch(functions, queues, triggers)
    result = check(made)
    assert isinstance(result.verdict, Unbounded)
    assert [(r.assumption.id, r.otherwise) for r in result.rests] == [
        ("SQS-LINEAGE-DLQ", "bounded")
    ]
    kept = check(made, Options(readings=Readings(queue_dlq_keeps_lineage=True)))
    assert isinstance(kept.verdict, Bounded)


def test_weaker_evidence_is_listed_but_does_not_decide() -> None:
    weak = Function("F", emits=(Emission("Q", evidence=Evidence.PERMITTED),))
    made = arch([weak], [Queue("Q")], [QueueMapping("Q", "F", 1)])
    result = check(made)
    assert result.loops == ()
    assert [loop.path for loop in result.possible] == [("Q", "F", "Q")]
    strict = check(made, Options(evidence=Evidence.PERMITTED))
    assert [one.loop.verdict for one in strict.loops] == [LoopVerdict.CUTOFF]


def test_a_bundled_sdk_rests_on_its_assumption() -> None:
    function = Function("F", sdk=Sdk.BUNDLED, emits=(Emission("F"),))
    result = check(arch([function]))
    assert [(r.assumption.id, r.otherwise) for r in result.rests] == [("SDK-CURRENT", "unbounded")]
    assert result.loops[0].loop.assumptions == ("SDK-CURRENT",)


def test_a_function_level_dead_letter_queue_is_useless_for_sqs() -> None:
    from lambdaspec.architecture.elements import AsyncConfig

    function = Function("F", asynchronous=AsyncConfig(dead_letter="D"))
    result = check(arch([function], [Queue("Q"), Queue("D")], [QueueMapping("Q", "F", 1)]))
    assert [finding.code for finding in result.findings] == ["LS107"]
