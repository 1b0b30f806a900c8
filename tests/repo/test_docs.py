"""The documentation is executed: what it shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lambdaspec.architecture.document import parse
from lambdaspec.architecture.native import read_native
from lambdaspec.checking import check

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_there_are_exactly_two_commands() -> None:
    assert len(blocks("sh")) == 2
    assert all(len(block.strip().splitlines()) == 1 for block in blocks("sh"))


def test_the_python_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    examples = blocks("python")
    assert len(examples) == 3
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})


def test_the_example_architecture_is_right() -> None:
    (example,) = blocks("yaml")
    result = check(read_native(parse("README.md", example)))
    assert result.verdict.word == "bounded"


def test_the_example_report_is_a_real_one() -> None:
    section = README.split("## What it says")[1]
    example = section.split("```\n")[1]
    real = (ROOT / "tests/golden/cases/check-cutoff.expect").read_text(encoding="utf-8")
    assert example in real


def test_every_model_and_decision_is_where_it_is_named() -> None:
    for name in ("docs/semantics.md", "docs/limits.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
        assert (ROOT / name).exists()
    for path in (ROOT / "lambdaspec").rglob("*.py"):
        for number in re.findall(r"docs/adr/(\d{4})", path.read_text(encoding="utf-8")):
            assert list((ROOT / "docs/adr").glob(f"{number}-*.md")), (path, number)
