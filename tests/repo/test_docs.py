"""The documentation is executed: what it shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

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
    (example,) = [one for one in blocks("yaml") if one.startswith("lambdaspec: 1")]
    result = check(read_native(parse("README.md", example)))
    assert result.verdict.word == "bounded"


def test_the_example_workflow_uses_what_the_action_takes() -> None:
    (example,) = [one for one in blocks("yaml") if "jobs:" in one]
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    [ours] = [
        step
        for step in yaml.safe_load(example)["jobs"]["lambdaspec"]["steps"]
        if step["uses"].startswith("lambdaspec/")
    ]
    assert set(ours["with"]) <= set(action["inputs"])


def test_the_first_finding_of_the_readme_is_a_real_one() -> None:
    (example,) = blocks("console")
    lines = [line.split("  #")[0].rstrip() for line in example.splitlines()]
    real = (ROOT / "tests/golden/cases/check-format-sam.expect").read_text(encoding="utf-8")
    found = [line for line in lines if line and not line.startswith("$")]
    assert found[:2] == real.splitlines()[2:4]
    assert found[2].split("src/")[1] == real.splitlines()[4].split("src/")[1]


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
