"""For your own test suite: assert that an architecture is bounded, and keep runs as tests.

from lambdaspec.testing import assert_bounded

def test_orders_cannot_run_away():
    assert_bounded("template.yaml", at_most=100, entry="Orders")
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve, field, frozen

from lambdaspec.api import check, load
from lambdaspec.architecture.elements import Architecture
from lambdaspec.checking import prepared
from lambdaspec.decide import machine_for
from lambdaspec.diagnostics import Level
from lambdaspec.findings import number
from lambdaspec.kernel.verdict import Bounded
from lambdaspec.report.steps import described
from lambdaspec.report.text import report
from lambdaspec.result import Options, Result
from lambdaspec.simulate import NotEnabled, Step, along


def assert_bounded(
    source: str | Path | Architecture,
    at_most: int | None = None,
    entry: str | None = None,
    *,
    clean: bool = False,
    options: Options | None = None,
) -> Result:
    """Fail unless one event causes a bounded number of invocations.

    Args:
        source: an architecture, or the file to read it from.
        at_most: how many invocations one event may cause at worst.
        entry: let the event arrive only here.
        clean: also fail on a loop that is an error, such as one that only the cutoff stops.
        options: cutoff, evidence and readings.

    Returns:
        The whole result, for assertions of your own.

    Raises:
        AssertionError: it is not bounded (the message shows the run, and the run as a test), not
            known to be, or the worst case is larger than `at_most`.
        InputError: the file cannot be read.
        ValueError: there is no such entry.

    """
    __tracebackhide__ = True
    asked = evolve(options or Options(), entry=entry, budget=at_most)
    result = check(source, asked)
    path = "" if isinstance(source, Architecture) else str(source)
    problem = _problem(result, at_most, clean=clean)
    if problem:
        raise AssertionError("\n".join([problem, *_shown(result, path), *_as_test(result, path)]))
    return result


def _problem(result: Result, at_most: int | None, *, clean: bool) -> str:
    if not isinstance(result.verdict, Bounded):
        return f"{result.architecture.name} is {result.verdict.word}"
    worst = result.worst
    if at_most is not None and worst is not None and (worst.most is None or worst.most > at_most):
        return f"one event causes {number(worst)} invocations at worst, more than {at_most:,}"
    if clean and any(one.level is Level.ERROR for one in result.findings):
        return f"{result.architecture.name} is bounded, but has a loop that is an error"
    return ""


def _shown(result: Result, path: str) -> list[str]:
    text = Path(path).read_text(encoding="utf-8", errors="replace") if path else ""
    return [line.text for line in report(result, path, {path: text})]


def _as_test(result: Result, path: str) -> list[str]:
    code = as_test(result, path)
    return ["", "The same run as a test:", "", *code.splitlines()] if code else []


def as_test(result: Result, path: str) -> str:
    """The first run that never ends as Python source, to be pasted into a test module.

    Args:
        result: of a check that found the architecture unbounded; otherwise the answer is empty.
        path: the file that the test will read.

    """
    trace = next((one.trace for one in result.loops if one.trace is not None), None)
    if trace is None:
        return ""
    steps = described(result, trace)
    ran = Counter(step["invokes"] for step in steps if step["invokes"])
    lines = [
        "from lambdaspec.testing import follow",
        "",
        "",
        "def test_the_run_that_never_ends():",
        "    run = follow(",
        f"        {path!r},",
        "        [",
        *(f"            {step['action']!r}," for step in steps),
        "        ],",
        f"        events={_events(result)},",
        "    )",
        f"    assert run.invoked == {dict(sorted(ran.items()))!r}",
    ]
    return "\n".join(lines) + "\n"


def _events(result: Result) -> dict[str, int] | None:
    return None if result.options.entry is None else {result.options.entry: 1}


@frozen
class Run:
    """A run of the machine along given actions.

    Attributes:
        lines: what happened, one line for each step.
        invoked: how often each function was invoked.

    """

    lines: tuple[str, ...]
    invoked: Mapping[str, int] = field(factory=dict)


def follow(
    source: str | Path | Architecture,
    actions: Sequence[str],
    *,
    events: Mapping[str, int] | None = None,
    options: Options | None = None,
) -> Run:
    """Follow a run, action by action, on the machine.

    Args:
        source: an architecture, or the file to read it from.
        actions: labels as `lambdaspec simulate --labels` prints them.
        events: the entry at which the event arrives, as `{name: 1}`; the first one by default.
        options: cutoff, evidence and readings.

    Raises:
        AssertionError: an action cannot happen where the run says so.
        InputError: the file cannot be read.

    """
    __tracebackhide__ = True
    architecture = source if isinstance(source, Architecture) else load(source)
    asked = options or Options()
    for entry in events or {}:
        asked = evolve(asked, entry=entry)
    machine = machine_for(prepared(architecture, asked))
    problem = "nothing arrives: the architecture has no entry"
    for state in machine.initial_states():
        try:
            steps = [step for step in along(machine, state, actions) if isinstance(step, Step)]
        except NotEnabled as error:
            problem = str(error)
            continue
        ran = Counter(step.invoked for step in steps if step.invoked is not None)
        return Run(tuple(step.text for step in steps), dict(sorted(ran.items())))
    raise AssertionError(problem)
