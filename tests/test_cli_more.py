"""explore, prove and export on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lambdaspec import cli
from lambdaspec.cli_prove import FORMS

ROOT = Path(__file__).parents[1]
LOOP = str(ROOT / "models/innocent-dropped/broken.yaml")
CALM = str(ROOT / "models/runs-twice/fixed.yaml")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([CALM, "--property", "runs-twice"], 0),
        ([LOOP, "--property", "runs-twice"], 1),
        ([LOOP, "--property", "silent-loss", "--states", "500"], 2),
        ([LOOP, "--property", "silent-loss", "--seconds", "0"], 2),
        ([LOOP, "--property", "nothing"], 3),
        ([LOOP, "--property", "short-visibility"], 3),
        ([LOOP, "--property", "no-such-file.py"], 3),
        ([LOOP, "--checkpoint", "x", "--property", "silent-loss", "--property", "runs-twice"], 3),
    ],
)
def test_exit_codes_of_explore(arguments: list[str], code: int) -> None:
    result = run("explore", "--quiet", *arguments)
    assert result.exit_code == code, result.output


def test_an_unknown_answer_says_which_limit_was_reached() -> None:
    result = run("explore", LOOP, "--property", "silent-loss", "--states", "500")
    assert "silent-loss: unknown" in result.output
    assert "stopped: more than 500 states" in result.output
    assert "states/s" in result.output


def test_properties_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from lambdaspec import always, eventually, sometimes\n"
        "invoked = lambda now: now.change is not None and now.change.invoked is not None\n"
        "calm = always('never charges', lambda now: not invoked(now), of_steps=True)\n"
        "works = sometimes('charges', invoked)\n"
        "ends = eventually('empty', lambda now: not now.state.entities)\n",
        encoding="utf-8",
    )
    result = run("explore", CALM, "--quiet", "--property", str(path))
    assert result.exit_code == 1
    assert "never charges: does not hold" in result.output
    assert "\ncharges: holds" in result.output
    assert "empty: does not hold" in result.output  # what fails rests in the dead-letter queue
    empty = tmp_path / "empty.py"
    empty.write_text("x = 1\n", encoding="utf-8")
    assert run("explore", CALM, "--property", str(empty)).exit_code == 3


def test_a_search_goes_on_where_it_stopped(tmp_path: Path) -> None:
    kept = tmp_path / "kept.gz"
    asked = ["explore", LOOP, "--quiet", "--entry", "Orders", "--messages", "2", "--reduce"]
    asked += ["--property", "innocent-dropped", "--checkpoint", str(kept)]
    whole = run(*asked[:-2])
    first = run(*asked, "--states", "200")
    assert first.exit_code == 2
    assert kept.exists()
    second = run(*asked)
    assert second.exit_code == 1
    assert second.output == whole.output
    other = run("explore", LOOP, "--quiet", "--entry", "Orders", *asked[-4:])
    assert other.exit_code == 3
    assert "about another search" in other.output
    kept.write_bytes(b"no gzip")
    assert run(*asked).exit_code == 3


def test_prove_discharges_everything(tmp_path: Path) -> None:
    result = run("prove", "--smtlib", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert "8 theorems" in result.output
    assert "refuted, as it must be" in result.output
    written = sorted(path.name for path in tmp_path.glob("*.smt2"))
    assert "two_messages-pair.smt2" in written
    assert len(written) > 30


def test_a_theorem_that_is_none_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(
        '"""Wrong.\n\nTheorem: all is positive.\nAssumptions: none.\nArgument: none.\n"""\n'
        "import z3\nx = z3.Int('x')\n"
        "def claims():\n    return {'all_positive': x > 0}\n"
        "def weakened():\n    return {'nothing_dropped': x == x}\n",
        encoding="utf-8",
    )
    result = run("prove", "--folder", str(tmp_path))
    assert result.exit_code == 1
    assert "PROVED WITHOUT ITS ASSUMPTION" in result.output
    assert run("prove", "--folder", str(tmp_path / "..")).exit_code == 3


@pytest.mark.parametrize("form", sorted(FORMS))
def test_export_writes_a_file(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"model{FORMS[form]}"
    assert run("export", LOOP, "--to", form, "-o", str(path)).exit_code == 0
    assert "Orders" in path.read_text(encoding="utf-8")
    printed = run("export", LOOP, "--to", form)
    assert printed.output == path.read_text(encoding="utf-8")


def test_what_does_not_fit_into_spins_integers_is_said(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(
        "lambdaspec: 1\nfunctions:\n  F: {}\nstreams:\n  S: {retention: 365d}\n"
        "triggers:\n  - {from: S, to: F}\n",
        encoding="utf-8",
    )
    result = run("export", str(path), "--to", "promela")
    assert result.exit_code == 3
    assert "too small for age" in result.output
