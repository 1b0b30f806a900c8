"""Replay: what the machine has to be led through, and where it must refuse."""

from __future__ import annotations

import pytest
from attrs import evolve

from lambdaspec.architecture.elements import (
    Emission,
    Function,
    Invoke,
    RecursiveLoop,
    StreamMapping,
    Table,
)
from lambdaspec.decide import decide_architecture, machine_for
from lambdaspec.kernel.verdict import Unbounded
from lambdaspec.replay import Unreplayable, replay
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.settings import Settings
from tests.support.build import arch, writer

TABLE_LOOP = arch([writer("F", "T")], [Table("T")], [StreamMapping("T", "F")])


def test_a_trace_is_prefix_and_one_lap_after_which_the_event_is_as_before() -> None:
    decided = decide_architecture(Settings(TABLE_LOOP))
    ((_, trace),) = decided.traces
    assert trace.repeats == 0
    assert [step.change.invoked for step in trace.steps] == ["F", None, None]
    assert trace.steps[-1].state == trace.initial


def test_a_cycle_that_does_not_close_is_refused() -> None:
    settings = Settings(TABLE_LOOP)
    decided = decide_architecture(settings)
    ((lasso, _),) = decided.traces
    for wrong in (
        evolve(lasso, cycle=lasso.cycle[:1]),
        evolve(lasso, cycle=lasso.cycle[::-1]),
        evolve(lasso, prefix=lasso.cycle[1:]),
    ):
        with pytest.raises(Unreplayable):
            replay(decided.flow, machine_for(settings), wrong)


def test_what_is_written_after_a_call_that_never_answers_is_not_the_counterexample() -> None:
    """Found by generation: G calls itself for ever, so F never comes to its own write."""
    allow = RecursiveLoop.ALLOW
    functions = [
        Function(
            "F",
            can_fail=False,
            recursive_loop=allow,
            emits=(Emission("G", invoke=Invoke.SYNC), Emission("F")),
        ),
        Function(
            "G",
            can_fail=False,
            recursive_loop=allow,
            emits=(Emission("F", invoke=Invoke.SYNC),),
        ),
    ]
    decided = decide_architecture(Settings(arch(functions)))
    assert isinstance(decided.verdict, Unbounded)
    ((lasso, _),) = decided.traces
    assert decided.flow.path(lasso.cycle)[:2] in (["F", "G"], ["G", "F"])


def test_a_descent_into_calls_that_never_answer_is_followed_in_order() -> None:
    """Found by generation: F's first call goes down for ever whenever it is made."""
    from lambdaspec.architecture.elements import Sdk
    from lambdaspec.architecture.guards import parse_guard, parse_update

    sync = Invoke.SYNC
    down = Emission(
        "G",
        2,
        parse_guard("event.n < 2"),
        (parse_update("n", "event.n + 1"),),
        invoke=sync,
    )
    again = Emission(
        "F", 1, parse_guard("event.n >= 1"), (parse_update("n", "event.n - 1"),), invoke=sync
    )
    functions = [
        Function("F", can_fail=False, sdk=Sdk.UNSUPPORTED, emits=(down, again)),
        Function("G", can_fail=False, emits=(Emission("F", invoke=sync),)),
    ]
    decided = decide_architecture(Settings(arch(functions), Scale(cutoff=1)))
    assert isinstance(decided.verdict, Unbounded)
