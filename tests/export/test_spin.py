"""SPIN decides what we decide: the exported models of generated architectures."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, seed, settings

from lambdaspec.architecture.elements import Architecture
from lambdaspec.decide import decide_architecture
from lambdaspec.export.plain import plain
from lambdaspec.export.promela import process, text
from lambdaspec.flow.build import build
from lambdaspec.flow.graph import Flow
from lambdaspec.kernel.verdict import Bounded, Unbounded
from lambdaspec.loading import load
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.settings import Settings
from tests.support.architectures import KINDS, SERVICES, architectures, scales

SHARDS = 4
PER_SHARD = 140 if os.environ.get("CI") else 20
ROOT = Path(__file__).parents[2]


@pytest.fixture
def spin() -> str:
    found = shutil.which("spin")
    if found is None or shutil.which("cc") is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have SPIN and a C compiler: .ci/run installs them")
        pytest.skip("SPIN or a C compiler is not installed: `apt install spin gcc`")
    return found


def compiled(spin: str, folder: Path, source: str) -> Path:
    (folder / "model.pml").write_text(source, encoding="utf-8")
    for command in ([spin, "-a", "model.pml"], ["cc", "-O0", "-w", "-o", "pan", "pan.c"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "pan"


def endless(pan: Path, number: int = 0, depth: int = 20_000) -> tuple[bool, str]:
    """Whether SPIN finds an acceptance cycle, and what it printed."""
    done = subprocess.run(
        ["./pan", "-a", "-w16", f"-m{depth}"],
        cwd=pan.parent,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "WHICH": str(number)},
    )
    if "max search depth too small" in done.stdout:
        return endless(pan, number, depth * 20)
    assert "errors:" in done.stdout, done.stdout + done.stderr
    return "errors: 0" not in done.stdout, done.stdout


def together(flows: list[Flow]) -> str:
    """All models in one file: compiling takes longer than deciding. `WHICH` chooses at run time."""
    lines = ["c_code { \\#include <stdlib.h> };", "int which;"]
    for number, flow in enumerate(flows):
        lines += process(plain(flow), f"Event{number}")
    chosen = [f"  :: which == {n} -> run Event{n}()" for n in range(len(flows))]
    start = '  c_code { now.which = atoi(getenv("WHICH")); };'
    return "\n".join([*lines, "init {", start, "  if", *chosen, "  fi", "}"]) + "\n"


@pytest.mark.parametrize("shard", range(SHARDS))
def test_spin_agrees_on_generated_architectures(
    shard: int, spin: str, tmp_path: Path, report: Callable[[str, Counter[str]], None]
) -> None:
    cases: list[tuple[Architecture, Scale]] = []
    kinds = SERVICES if shard == SHARDS - 1 else tuple(sorted(KINDS))

    @seed(9_000 + shard)
    @settings(max_examples=PER_SHARD)
    @given(architectures(kinds=kinds), scales())
    def collect(architecture: Architecture, scale: Scale) -> None:
        cases.append((architecture, scale))

    collect()
    tally: Counter[str] = Counter()
    decided = [decide_architecture(Settings(*case)) for case in cases]
    pan = compiled(spin, tmp_path, together([one.flow for one in decided]))
    for number, one in enumerate(decided):
        found, printed = endless(pan, number)
        match one.verdict:
            case Bounded():
                trace = "\n".join(printed.splitlines()[:30])
                assert not found, f"SPIN finds an endless run of {cases[number]}:\n{trace}"
                tally["bounded"] += 1
            case Unbounded(lassos=lassos):
                path = one.flow.path([*lassos[0].prefix, *lassos[0].cycle])
                assert found, f"SPIN finds no endless run of {cases[number]}, we found {path}"
                tally["unbounded"] += 1
            case _:
                raise AssertionError(one.verdict)
    report("architectures on which SPIN decided the exported model alike", tally)
    assert sum(tally.values()) >= PER_SHARD


@pytest.mark.parametrize("folder", ["order-processing", "sync-self", "dlq-pair"])
def test_spin_agrees_at_real_limits(folder: str, spin: str, tmp_path: Path) -> None:
    checked = 0
    for path in sorted((ROOT / "models" / folder).glob("*.yaml")):
        asked = Settings(load(str(path)).architecture)
        model = plain(build(asked))
        if any(variable.most > 20_000 for variable in model.variables):
            continue  # a shard that retries by the millisecond takes SPIN too long
        place = tmp_path / path.stem
        place.mkdir()
        found, _ = endless(compiled(spin, place, text(model)))
        assert found is (decide_architecture(asked).verdict.word == "unbounded"), path
        checked += 1
    assert checked
