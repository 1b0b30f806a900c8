"""The theorems: every claim proved, every weakened one refuted, by two solvers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lambdaspec.proving import (
    NoProofs,
    Obligation,
    by_cvc5,
    by_z3,
    home,
    obligations,
    smtlib,
)

ROOT = Path(__file__).parents[1]
ALL = list(obligations(home()))


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.theorem}.{one.name}")
def test_z3_and_cvc5_say_what_they_must(one: Obligation) -> None:
    for outcome in (by_z3(one), by_cvc5(one)):
        assert outcome.as_expected, (outcome.solver, outcome.says)
        if not one.valid and outcome.solver == "z3":
            assert outcome.model


def test_every_theorem_is_listed_and_has_a_weakened_sibling() -> None:
    listed = set(
        re.findall(r"^\| `(\w+)\.py` \|", (ROOT / "proofs/README.md").read_text(), re.MULTILINE)
    )
    assert listed == {one.theorem for one in ALL}
    for theorem in listed:
        kinds = {one.valid for one in ALL if one.theorem == theorem}
        assert kinds == {True, False}


def test_obligations_use_plain_identifiers() -> None:
    import z3

    primed = Obligation("t", "c", True, z3.Int("m'") == z3.Int("m'") + 1)
    with pytest.raises(NoProofs, match="no plain identifier"):
        smtlib(primed)
    for one in ALL:
        assert "|" not in smtlib(one)


def test_what_is_no_theorem_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoProofs, match="no theorems"):
        list(obligations(tmp_path))
    (tmp_path / "bare.py").write_text("def claims():\n    return {}\n", encoding="utf-8")
    with pytest.raises(NoProofs, match="lacks one of"):
        list(obligations(tmp_path))


def test_proofs_import_nothing_but_z3() -> None:
    for path in (ROOT / "proofs").glob("*.py"):
        names = re.findall(
            r"^(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert set(names) <= {"z3", "itertools"}, path
