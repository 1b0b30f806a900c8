"""What other people's test suites get: assertions, runs as tests, the pytest plugin, strategies."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaspec import Architecture, check, load
from lambdaspec.strategies import Run, architectures, configurations, runs
from lambdaspec.symbolic.edits import valid
from lambdaspec.testing import as_test, assert_bounded, follow

MODELS = Path(__file__).parents[1] / "models"
ENDLESS = MODELS / "dynamodb-loop" / "broken.yaml"
ORDERS = MODELS / "order-processing" / "fixed.yaml"

pytest_plugins = ["pytester"]


def alone(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in an empty project, without this repository's settings."""
    ini = pytester.makeini("[pytest]\n")
    return pytester.runpytest("-c", str(ini), "-p", "no:xdist", *arguments)


def test_a_bounded_architecture_passes_and_gives_its_result() -> None:
    result = assert_bounded(ORDERS, at_most=5)
    assert result.worst is not None
    assert result.worst.most == 5


def test_the_failure_shows_the_run_and_the_run_as_a_test() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_bounded(ENDLESS)
    shown = str(caught.value)
    assert "Totals → Recount → Totals runs without end" in shown
    assert "and then for ever:" in shown
    assert "def test_the_run_that_never_ends():" in shown


def test_the_run_as_a_test_passes_when_pasted() -> None:
    code = as_test(check(ENDLESS), str(ENDLESS))
    space: dict[str, object] = {}
    exec(compile(code, "pasted", "exec"), space)
    test = space["test_the_run_that_never_ends"]
    assert callable(test)
    test()


def test_too_many_invocations_fail() -> None:
    with pytest.raises(AssertionError, match="5 invocations at worst, more than 4"):
        assert_bounded(ORDERS, at_most=4)


def test_a_loop_that_only_the_cutoff_stops_fails_when_asked() -> None:
    path = MODELS / "order-processing" / "architecture.yaml"
    assert_bounded(path)
    with pytest.raises(AssertionError, match="a loop that is an error"):
        assert_bounded(path, clean=True)


def test_one_entry_is_enough() -> None:
    with pytest.raises(ValueError, match="there is no `Nowhere`"):
        assert_bounded(ORDERS, entry="Nowhere")


def test_a_step_that_cannot_happen_fails_with_those_that_can() -> None:
    with pytest.raises(AssertionError, match="cannot happen; possible: poll"):
        follow(ENDLESS, ["return run1"])


def test_the_plugin_collects_a_test_for_each_entry_and_loop(pytester: pytest.Pytester) -> None:
    outcome = alone(pytester, "--lambdaspec", str(ENDLESS), "-v")
    outcome.assert_outcomes(failed=2)
    outcome.stdout.fnmatch_lines(["*entry Totals*", "*loop Totals → Recount → Totals*"])


def test_the_plugin_reports_bad_input(pytester: pytest.Pytester) -> None:
    path = pytester.makefile(".yaml", wrong="lambdaspec: 1\nfunctionz: {}\n")
    outcome = alone(pytester, "--lambdaspec", str(path))
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(["*did you mean `functions`*"])


def test_the_fixture_offers_the_assertion(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"def test_it(lambdaspec):\n    lambdaspec.assert_bounded({str(ORDERS)!r}, at_most=5)\n"
    )
    alone(pytester).assert_outcomes(passed=1)


@settings(max_examples=30)
@given(architectures())
def test_generated_architectures_are_ones_that_aws_accepts(architecture: Architecture) -> None:
    assert valid(architecture)


@settings(max_examples=30)
@given(configurations(load(ORDERS)))
def test_generated_configurations_are_ones_that_aws_accepts(architecture: Architecture) -> None:
    assert valid(architecture)


@settings(max_examples=30)
@given(st.data())
def test_generated_runs_can_be_followed(data: st.DataObject) -> None:
    architecture = data.draw(architectures())
    if len(architecture.entries) == 1:
        run = data.draw(runs(architecture, steps=8))
        assert isinstance(run, Run)
        assert len(follow(architecture, run.actions).lines) == len(run.actions)
