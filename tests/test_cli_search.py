"""`search`, `repair`, `audit-allow`, `why` and `check --robust` as people run them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lambdaspec.cli import main

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
ORDERS = str(MODELS / "order-processing" / "fixed.yaml")
MISTAKE = MODELS / "order-processing" / "architecture.yaml"
ENDLESS = str(MODELS / "dynamodb-loop" / "broken.yaml")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_search_says_how_many_mistakes_away() -> None:
    told = run("search", ORDERS)
    assert told.exit_code == 1
    assert "2 mistakes away from running for ever" in told.stdout
    assert "(wrong-target)" in told.stdout
    assert max(len(line) for line in told.stdout.splitlines()[1:]) <= 80


def test_search_proves_that_no_mistake_is_enough() -> None:
    told = run("search", ORDERS, "--within", "1")
    assert told.exit_code == 0
    assert "no 1 mistake makes it unbounded" in told.stdout


@pytest.mark.parametrize("engine", ["paths", "hitting-sets"])
def test_exact_engines_say_the_same(engine: str) -> None:
    told = run("search", ORDERS, "--engine", engine, "--format", "json")
    document = json.loads(told.stdout)
    assert document["distance"] == 2
    assert document["proved_within"] == 2
    assert len(document["sets"]) == 3


def test_generation_finds_a_minimal_set() -> None:
    document = json.loads(
        run("search", ORDERS, "--engine", "hypothesis", "--format", "json").stdout
    )
    assert document["distance"] == 2
    assert document["proved_within"] <= 0


def test_search_of_what_is_unbounded_already() -> None:
    told = run("search", ENDLESS)
    assert told.exit_code == 1
    assert "unbounded as it is" in told.stdout


def test_the_catalogue_has_a_page_for_each_mistake() -> None:
    told = run("search", "--catalogue")
    assert told.exit_code == 0
    for name in ("wrong-target", "lineage-dropped", "destination-added", "visibility-zero"):
        assert f"{name}: " in told.stdout


def test_an_unknown_mistake_is_a_usage_error() -> None:
    told = run("search", ORDERS, "--only", "nonsense")
    assert told.exit_code != 0
    assert "there is no mistake `nonsense`" in told.output


def test_the_largest_worst_case_inside_a_range() -> None:
    told = run("search", ORDERS, "--maximise", "--range", "SourceQueue.max_receive_count=1..9")
    assert told.exit_code == 0
    assert "9 invocations at worst; nothing inside the ranges is larger" in told.stdout


def test_the_patch_applies_and_repairs(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MISTAKE.read_text(encoding="utf-8"), encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    command = ["python", "-m", "lambdaspec", "repair", "a.yaml", "--clean", "--patch"]
    import sys

    command[0] = sys.executable
    patch = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout
    subprocess.run(["git", "apply"], cwd=tmp_path, check=True, input=patch)
    assert run("check", str(tmp_path / "a.yaml")).exit_code == 0


def test_repair_says_what_it_costs() -> None:
    told = run("repair", ENDLESS)
    assert told.exit_code == 0
    assert "cost: " in told.stdout
    assert "+++ b/" in told.stdout


def test_a_repair_within_a_number() -> None:
    told = run("repair", str(MISTAKE), "--at-most", "20", "--format", "json")
    assert told.exit_code == 0
    assert json.loads(told.stdout)["worst"] == "5"


def test_no_repair_among_those_allowed() -> None:
    told = run("repair", ENDLESS, "--only", "terminate")
    assert told.exit_code == 2
    assert "no set of the repairs known is enough" in told.stdout


def test_the_audit_finds_the_unsafe_allow() -> None:
    told = run("audit-allow", str(MODELS / "allow" / "unguarded.yaml"))
    assert told.exit_code == 1
    assert "unsafe as it is set: NextPage" in told.stdout
    assert run("audit-allow", str(MODELS / "allow" / "guarded.yaml")).exit_code == 0


def test_why_names_what_must_not_happen_with_its_rule() -> None:
    told = run("why", str(MISTAKE))
    assert told.exit_code == 0
    assert "the SDK of ProcessOrder drops the lineage (SDK-MIN" in told.stdout
    assert "(REC-MODE" in told.stdout


def test_robust_names_the_reading_that_flips_the_verdict() -> None:
    path = str(MODELS / "dead-letter-feeds-itself" / "broken.yaml")
    told = run("check", path, "--robust")
    assert "the verdict: unbounded, but bounded if" in told.stdout
    assert "SQS-LINEAGE-DLQ" in told.stdout


def test_a_range_of_cutoffs() -> None:
    path = str(MODELS / "off-by-one" / "fixed.yaml")
    told = run("check", path, "--robust", "--cutoff", "14..20", "--format", "json")
    flips = json.loads(told.stdout)["flips"]
    assert any("cut-short if the cutoff is 14" in line for line in flips)


def test_a_wrong_cutoff_is_a_usage_error() -> None:
    told = run("check", ORDERS, "--cutoff", "20..3")
    assert "within 1 to 1000" in told.output
