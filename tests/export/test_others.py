"""Storm's worst case, Horn clauses, Rumur and TLC: the same models, other people's engines."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, seed, settings

from lambdaspec.architecture.elements import Architecture, AsyncConfig, Function
from lambdaspec.decide import decide_architecture
from lambdaspec.export import exported
from lambdaspec.export.plain import plain
from lambdaspec.export.prism import text as prism
from lambdaspec.flow.bounds import entry_counts, total
from lambdaspec.flow.graph import Flow
from lambdaspec.kernel.verdict import Bounded, Unbounded
from lambdaspec.loading import load
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.settings import Settings
from tests.support.architectures import architectures, scales

CASES = 400 if os.environ.get("CI") else 80
HORN = 40 if os.environ.get("CI") else 10
ROOT = Path(__file__).parents[2]


def calm(architecture: Architecture) -> Architecture:
    """The same architecture with functions that never fail and write once: nothing fans out."""
    functions: dict[str, Function] = {}
    for name, function in architecture.functions.items():
        emits = tuple(evolve(one, times=1) for one in function.emits[:1])
        config = AsyncConfig(max_retry_attempts=function.asynchronous.max_retry_attempts)
        functions[name] = evolve(
            function, can_fail=False, timeout=None, emits=emits, asynchronous=config
        )
    return evolve(architecture, functions=functions)


def one_way(flow: Flow) -> bool:
    """Whether one event stays one event: each play has one hop, which makes one copy."""
    plays = [play for plays in flow.plays.values() for play in plays]
    single = all(len(play.hops) <= 1 for play in plays)
    starts = sum(len(sites) for sites in flow.entry_sites.values())
    return single and starts == 1 and all(step.times == 1 for step in flow.steps)


def by_storm(flow: Flow, path: Path) -> float:
    """The greatest expected number of runs, as Storm computes it."""
    import stormpy

    path.write_text(prism(plain(flow)), encoding="utf-8")
    program = stormpy.parse_prism_program(str(path))
    (wanted,) = stormpy.parse_properties('R{"runs"}max=? [C]', program)
    model = stormpy.build_model(program, [wanted])
    result = stormpy.model_checking(model, wanted)
    return float(result.get_value(model.initial_states[0]))


def test_storm_computes_the_same_worst_case_where_nothing_fans_out(
    tmp_path: Path, report: Callable[[str, Counter[str]], None]
) -> None:
    tally: Counter[str] = Counter()

    @seed(11_000)
    @settings(max_examples=CASES)
    @given(architectures(functions=2, channels=2), scales())
    def compare(architecture: Architecture, scale: Scale) -> None:
        tally["generated"] += 1
        decided = decide_architecture(Settings(calm(architecture), scale))
        if not one_way(decided.flow) or not decided.flow.steps:
            tally["fans out"] += 1
            return
        found = by_storm(decided.flow, tmp_path / "model.nm")
        match decided.verdict:
            case Bounded():
                worst = total(entry_counts(decided.flow, nominal=False).values())
                assert worst.most == worst.least == round(found), (worst, found)
                tally["bounded, same number"] += 1
            case Unbounded():
                assert found == float("inf")
                tally["unbounded, infinite"] += 1
            case _:
                raise AssertionError(decided.verdict)

    compare()
    report("architectures on which Storm computed the same worst case", tally)
    assert tally["bounded, same number"] > CASES * 0.2
    assert tally["unbounded, infinite"] > 0


def test_horn_clauses_say_the_same(report: Callable[[str, Counter[str]], None]) -> None:
    import z3

    tally: Counter[str] = Counter()

    @seed(12_000)
    @settings(max_examples=HORN)
    @given(architectures(functions=2, channels=1))
    def compare(architecture: Architecture) -> None:
        asked = Settings(architecture, Scale(cutoff=1, history=3))
        verdict = decide_architecture(asked).verdict
        solver = z3.SolverFor("HORN")
        solver.set("timeout", 3_000)
        solver.from_string(exported(asked, "smtlib"))
        says = str(solver.check())
        tally[says] += 1
        if says != "unknown":
            assert (says == "unsat") is (verdict.word == "unbounded"), architecture

    compare()
    report("architectures on which Horn clauses were solved", tally)
    assert tally["sat"] + tally["unsat"] > HORN * 0.5


@pytest.mark.parametrize("form", ["promela", "tla", "smtlib", "murphi", "prism"])
def test_exports_are_readable_and_name_what_the_architecture_names(form: str) -> None:
    path = ROOT / "models/order-processing/architecture.yaml"
    text = exported(Settings(load(str(path)).architecture), form)
    for name in ("SourceQueue", "ProcessOrder", "receives", "lineage_ProcessOrder"):
        assert name in text
    assert max(len(line) for line in text.splitlines()) < 700


def test_rumur_takes_the_export_and_visits_what_we_visit(tmp_path: Path) -> None:
    rumur = shutil.which("rumur")
    if rumur is None:
        pytest.skip("Rumur is not installed: `apt install rumur`")
    path = ROOT / "models/order-processing/architecture.yaml"
    text = exported(Settings(load(str(path)).architecture), "murphi")
    (tmp_path / "model.m").write_text(text, encoding="utf-8")
    for command in (
        [rumur, "--deadlock-detection", "off", "--output", "model.c", "model.m"],
        ["cc", "-O1", "-w", "-march=native", "-o", "model", "model.c", "-lpthread"],
        ["./model"],
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "No error found" in done.stdout or "no errors found" in done.stdout.lower()


def test_tlc_takes_the_export(tmp_path: Path) -> None:
    jar = os.environ.get("TLA2TOOLS")
    if jar is None or shutil.which("java") is None:
        pytest.skip("TLA2TOOLS does not name a tla2tools.jar, or there is no java")
    for path in [
        ROOT / "models/order-processing/architecture.yaml",
        *sorted((ROOT / "models/dynamodb-loop").glob("*.yaml")),
    ]:
        asked = Settings(load(str(path)).architecture)
        (tmp_path / "Event.tla").write_text(exported(asked, "tla"), encoding="utf-8")
        config = "SPECIFICATION Spec\nPROPERTY Ends\n"
        (tmp_path / "Event.cfg").write_text(config, encoding="utf-8")
        command = ["java", "-cp", jar, "tlc2.TLC", "-deadlock", "-config", "Event.cfg", "Event.tla"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        ends = decide_architecture(asked).verdict.word == "bounded"
        assert ("No error has been found" in done.stdout) is ends, done.stdout
