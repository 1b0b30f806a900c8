"""Every model says what its `expected.toml` says, and each is explained."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from lambdaspec.checking import check
from lambdaspec.cli import run_labels
from lambdaspec.cli_check import exit_code
from lambdaspec.codes import NAMES
from lambdaspec.decide import machine_for
from lambdaspec.loading import load
from lambdaspec.properties.registry import STOCK
from lambdaspec.report.json_report import json_report
from lambdaspec.result import Options
from lambdaspec.semantics.settings import Settings
from lambdaspec.semantics.system import Machine
from lambdaspec.simulate import Step, along
from lambdaspec.symbolic.audit import audit
from lambdaspec.symbolic.endings import endings
from lambdaspec.symbolic.mistakes import mistakes
from lambdaspec.symbolic.nearest import nearest
from lambdaspec.symbolic.oracle import Oracle
from lambdaspec.symbolic.patch import patched
from lambdaspec.symbolic.repair import repair
from lambdaspec.symbolic.repairs import repairs

MODELS = Path(__file__).parents[2] / "models"
FOLDERS = sorted(path.parent for path in MODELS.glob("*/expected.toml"))


def expectations(kind: str) -> list[Any]:
    found = []
    for folder in FOLDERS:
        data = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
        for one in data.get(kind, []):
            found.append(pytest.param(folder, one, id=f"{folder.name}/{one['file']}"))
    return found


@pytest.mark.parametrize(("folder", "case"), expectations("case"))
def test_the_check_says_what_is_expected(folder: Path, case: dict[str, Any]) -> None:
    result = check(load(str(folder / case["file"])).architecture)
    report = json_report(result)
    assert report["verdict"] == case["verdict"]
    assert report["bounded_by"] == case["bounded_by"]
    assert report["invocations"]["nominal"] == case.get("nominal")
    assert report["invocations"]["worst"] == case.get("worst")
    loops = [{"verdict": one["verdict"], "path": one["path"]} for one in report["loops"]]
    assert loops == case["loops"]
    assert [finding["code"] for finding in report["findings"]] == case["findings"]
    unknown = result.verdict.word == "unknown" or any(
        one.holds is None for one in result.judgements.values()
    )
    assert exit_code(result.findings, "error", unknown=unknown) == case["exit"]


@pytest.mark.parametrize(("folder", "case"), expectations("property"))
def test_the_stock_property_says_what_is_expected(folder: Path, case: dict[str, Any]) -> None:
    options = Options(properties=(case["name"],))
    result = check(load(str(folder / case["file"])).architecture, options)
    judgement = result.judgements[case["name"]]
    assert judgement.holds is case["holds"]
    assert not judgement.vacuous
    messages = " ".join(one.message for one in judgement.broken)
    assert case.get("says", "") in messages
    code = NAMES[case["name"]].code
    assert any(finding.code == code for finding in result.findings) is not case["holds"]


def test_every_stock_property_has_a_model_that_breaks_it_and_one_that_keeps_it() -> None:
    shown = {(one.values[1]["name"], one.values[1]["holds"]) for one in expectations("property")}
    assert shown >= {(name, holds) for name in STOCK for holds in (True, False)}


@pytest.mark.parametrize(("folder", "run"), expectations("run"))
def test_the_run_goes_as_expected(folder: Path, run: dict[str, Any]) -> None:
    architecture = load(str(folder / run["architecture"])).architecture
    world = machine_for(Settings(architecture)).world
    machine = Machine(world, run["events"])
    begin = next(iter(machine.initial_states()))
    steps = [
        step
        for step in along(machine, begin, run_labels(folder / run["file"]))
        if isinstance(step, Step)
    ]
    assert len(steps) == run["steps"]
    assert sum(step.invoked is not None for step in steps) == run["invocations"]
    assert steps[-1].text == run["last"]


def test_an_innocent_message_is_dropped_without_having_run() -> None:
    """The mixed batch: the message that has just arrived is refused with the old one."""
    folder = MODELS / "mixed-batch"
    architecture = load(str(folder / "architecture.yaml")).architecture
    machine = Machine(machine_for(Settings(architecture)).world, 2)
    begin = next(iter(machine.initial_states()))
    told = list(along(machine, begin, run_labels(folder / "mixed.run")))
    lines = [step.text for step in told if isinstance(step, Step)]
    refused = [line for line in lines if "refused" in line]
    assert len(refused) == 1
    assert "m2" in refused[0]
    assert not any("[m2]" in line or "[m2," in line for line in lines if "refused" not in line)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_model_is_explained_and_every_file_expected(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(text.split()) > 50
    data = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
    named = {one["file"] for kind in ("case", "run", "property") for one in data.get(kind, [])}
    present = {p.name for p in folder.iterdir() if p.suffix in (".yaml", ".run")}
    assert named == present


@pytest.mark.parametrize(("folder", "case"), expectations("search"))
def test_the_nearest_mistakes_are_those_expected(folder: Path, case: dict[str, Any]) -> None:
    architecture = load(str(folder / case["file"])).architecture
    found = nearest(Oracle(architecture, Options(), mistakes(architecture)), case["within"])
    assert found.distance == case["distance"]
    assert [[edit.says for edit in one] for one in found.named()] == case["sets"]


@pytest.mark.parametrize(("folder", "case"), expectations("repair"))
def test_the_cheapest_repair_is_the_expected_one(folder: Path, case: dict[str, Any]) -> None:
    path = folder / case["file"]
    architecture = load(str(path)).architecture
    clean = case.get("clean", False)
    made = repair(architecture, Options(), repairs(architecture), clean=clean)
    assert made.edits is not None
    assert [edit.says for edit in made.edits] == case["steps"]
    assert made.cost == case["cost"]
    assert patched(str(path), path.read_text(encoding="utf-8"), architecture, made.edits)


@pytest.mark.parametrize(("folder", "case"), expectations("audit"))
def test_the_audit_of_allow_says_what_is_expected(folder: Path, case: dict[str, Any]) -> None:
    said = audit(load(str(folder / case["file"])).architecture, Options())
    assert list(said.needed) == case["needed"]
    assert said.safe is case["safe"]
    assert [list(one) for one in said.unsafe] == case["unsafe"]


@pytest.mark.parametrize(("folder", "case"), expectations("ends"))
def test_what_is_known_for_all_integers_is_expected(folder: Path, case: dict[str, Any]) -> None:
    [one] = endings(load(str(folder / case["file"])).architecture, Options())
    assert one.says.value == case["says"]
