"""Ranking functions for all integers: known loops, generated ones, and proofs that are tampered with."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cvc5
import pytest
from attrs import evolve
from click.testing import CliRunner
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from lambdaspec import Options, cli
from lambdaspec.architecture.elements import Entry
from lambdaspec.checking import check
from lambdaspec.kernel.ranking_checker import problems
from lambdaspec.symbolic.endings import Ending, Says, endings
from lambdaspec.symbolic.ranking import smtlib
from tests.flow.test_arithmetic import ENDS, NEVER, Write, loop

MODELS = Path(__file__).parents[2] / "models"

ALWAYS = {
    "depth",
    "depth by two",
    "depth, inclusive",
    "depth from three",
    "time to live",
    "time to live that is used up",
    "pages of ten",
    "halving",
    "a third",
    "bisection",
    "a set that stops",
    "lexicographic",
    "a window",
    "an equality",
    "a sum that jumps over",
}
"""Loops that end whatever they start from, with a linear ranking function."""

BEYOND = {
    "a gap that closes": "the gap lags one round behind what closes",
    "closing in from both sides": "the gap lags one round behind what closes",
    "two phases": "needs to know that the second phase is entered once",
}
"""Loops that always end, for which there is no linear ranking function."""

SOMETIMES = {
    "pages of a size in the event": "a size of 0",
    "pages that grow": "a size of 0",
    "doubling to a bound": "0, which stays",
    "one more than double": "-1, which stays",
    "fibonacci to a bound": "0 and 0",
    "euclid by subtraction": "0 to subtract",
    "a guard that never holds": "1, which passes it",
    "double minus four": "4, which stays",
    "difference of two": "0 to subtract",
    "swap that stops": "two positive numbers",
}
"""Loops that end from where the test of the arithmetic starts them, but not from this."""


def said(writes: list[Write]) -> Ending:
    [one] = endings(loop({}, writes), Options())
    return one


@pytest.mark.parametrize("name", sorted(ALWAYS))
def test_a_loop_that_always_ends_has_a_ranking_function(name: str) -> None:
    one = said(ENDS[name][1])
    assert one.says is Says.ENDS, one.why
    assert one.certificate is not None
    assert problems(one.certificate) == []
    assert one.functions


@pytest.mark.parametrize("name", sorted(SOMETIMES))
def test_a_loop_that_sometimes_ends_has_integers_from_which_it_does_not(name: str) -> None:
    one = said(ENDS[name][1])
    assert one.says is Says.NEVER, one.why
    assert one.result is not None
    assert any(found.trace is not None for found in one.result.loops)


@pytest.mark.parametrize("name", sorted(NEVER))
def test_a_loop_that_never_ends_is_never_proved_to(name: str) -> None:
    one = said(NEVER[name][1])
    assert one.says is Says.NEVER, one.why


@pytest.mark.parametrize("name", sorted(BEYOND))
def test_what_is_beyond_linear_functions_is_not_known(name: str) -> None:
    assert said(ENDS[name][1]).says is Says.UNKNOWN


def test_every_loop_of_the_arithmetic_is_looked_at() -> None:
    assert set(ENDS) == ALWAYS | set(SOMETIMES) | set(BEYOND)


FIELDS = st.sampled_from(["a", "b"])
NUMBERS = st.integers(-3, 5)


@st.composite
def writes(draw: st.DrawFn) -> list[Write]:
    """One or two guarded writes; most move the guarded field towards its guard's end."""
    found: list[Write] = []
    for _ in range(draw(st.integers(1, 2))):
        field, below = draw(FIELDS), draw(st.booleans())
        guard = f"event.{field} {'<' if below else '>'} {draw(NUMBERS)}"
        step = draw(st.integers(1, 3))
        sets: dict[str, object] = {field: f"event.{field} {'+' if below else '-'} {step}"}
        other = draw(FIELDS)
        form = draw(st.sampled_from(["", "", "{f} + {n}", "{n}", "{f} // 2", "{f} - {g}"]))
        if form:
            text = form.format(
                f=f"event.{other}", g=f"event.{draw(FIELDS)}", n=draw(st.integers(0, 3))
            )
            sets[other] = int(text) if text.isdigit() else text
        found.append((guard, sets))
    return found


def test_what_is_proved_or_refuted_agrees_with_the_decision(
    report: Callable[[str, Counter[str]], None],
) -> None:
    tally: Counter[str] = Counter()

    @seed(11_000)
    @settings(max_examples=150)
    @given(writes(), st.dictionaries(FIELDS, st.integers(-6, 9)))
    def compare(found: list[Write], start: dict[str, int]) -> None:
        architecture = loop({}, found)
        for one in endings(architecture, Options(search=2_000)):
            tally[one.says.value] += 1
            if one.says is Says.NEVER:
                assert one.result is not None
                assert one.result.verdict.word == "unbounded"
            if one.says is Says.ENDS:
                assert one.certificate is not None
                assert problems(one.certificate) == []
                begun = evolve(architecture, entries=(Entry("Rows", tuple(start.items())),))
                verdict = check(begun, Options(search=2_000)).verdict
                assert verdict.word != "unbounded"
                tally["compared with the decision from some integers"] += 1

    compare()
    report("loops asked for all integers", tally)
    assert tally["ends"] > 20
    assert tally["never"] > 20


def test_a_proof_that_is_tampered_with_is_rejected() -> None:
    proof = said(ENDS["lexicographic"][1]).certificate
    assert proof is not None
    rejected = tried = 0
    for number, level in enumerate(proof["levels"]):
        for index, claims in level["proofs"].items():
            for claim in ("falls", "positive"):
                for place, worth in enumerate(claims.get(claim, ())):
                    if worth == "0":
                        continue
                    changed = copy.deepcopy(proof)
                    changed["levels"][number]["proofs"][index][claim][place] = "0"
                    tried += 1
                    rejected += bool(problems(changed))
    assert tried >= 4
    assert rejected == tried
    without = copy.deepcopy(proof)
    without["levels"].pop()
    assert problems(without) == ["a cycle of hops is left"]
    assert problems({"schema": "x"})
    assert problems({"schema": proof["schema"], "hops": 1, "levels": [{}]})


@pytest.mark.parametrize("name", ["lexicographic", "halving", "depth"])
def test_another_solver_agrees(name: str) -> None:
    proof = said(ENDS[name][1]).certificate
    assert proof is not None
    solver = cvc5.Solver()
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, smtlib(proof), name)
    answers = []
    manager = parser.getSymbolManager()
    while not (command := parser.nextCommand()).isNull():
        said_of = command.invoke(solver, manager).strip()
        answers += [said_of] if said_of else []
    assert answers
    assert set(answers) == {"unsat"}


def test_the_command(tmp_path: Path) -> None:
    proof, questions = tmp_path / "p.json", tmp_path / "q.smt2"
    path = str(MODELS / "off-by-one/broken.yaml")
    arguments = ["ends", path, "--certificate", str(proof), "--smtlib", str(questions)]
    done = CliRunner().invoke(cli.main, arguments)
    assert done.exit_code == 0, done.output
    assert "ends whatever the event brings" in done.output
    assert all(problems(one) == [] for one in json.loads(proof.read_text()))
    assert "(check-sat)" in questions.read_text()
    endless = CliRunner().invoke(
        cli.main, ["ends", str(MODELS / "order-processing/architecture.yaml")]
    )
    assert endless.exit_code == 1
    assert "runs for ever from anything, replayed" in endless.output
    none = CliRunner().invoke(cli.main, ["ends", str(MODELS / "order-processing/fixed.yaml")])
    assert (none.exit_code, none.output.endswith("no loops\n")) == (0, True)
