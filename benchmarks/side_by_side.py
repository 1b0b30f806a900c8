"""The same models decided by lambdaspec, by explicit search, and by other people's checkers.

    python benchmarks/side_by_side.py [--limit 120] [--memory 8] [--families complete,ring]

Everything runs one after the other on one machine; CPU seconds and peak memory are those of the
process. Others get the exported model of one event with its counters at real limits; compiling their
generated checkers is not counted. A checker that passes the limit is not asked for larger ones.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.families import FAMILIES
from benchmarks.run import native, row
from lambdaspec.architecture.elements import (
    Architecture,
    Emission,
    Entry,
    Function,
    Queue,
    QueueMapping,
    Redrive,
)
from lambdaspec.exploring import Bounds, explore
from lambdaspec.export import exported
from lambdaspec.flow.build import build
from lambdaspec.kernel.lasso import explore as explore_counters
from lambdaspec.kernel.search import Limits
from lambdaspec.properties.innocent import decide_innocent
from lambdaspec.properties.registry import find
from lambdaspec.properties.stock import Asked
from lambdaspec.semantics.limits import CUTOFF
from lambdaspec.semantics.settings import Settings

SIZES = {"complete": (1, 2, 3, 4, 5, 6, 10, 16), "ring": (1, 2, 3, 4, 5, 6, 10, 16)}


@frozen
class Ran:
    """CPU seconds and MB of a process; None if it was stopped."""

    seconds: float | None
    memory: int
    says: str = ""


def measured(command: list[str], folder: Path, limit: int, gigabytes: int) -> Ran:
    """Run a process under limits."""
    # `ulimit` instead of setting the limits in this process, which would keep them.
    inside = f'ulimit -t {limit}; ulimit -v {gigabytes << 20}; exec "$@"'
    with (folder / "out").open("w") as out:
        process = subprocess.Popen(
            ["/bin/sh", "-c", inside, "sh", *command],
            cwd=folder,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = used.ru_utime + used.ru_stime
    says = (folder / "out").read_text(errors="replace")
    done = process.returncode in (0, 1) and "out of memory" not in says
    return Ran(seconds if done else None, used.ru_maxrss >> 10, says)


def prepared(command: list[str], folder: Path) -> None:
    """A step that is not measured."""
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def by_check(architecture: Architecture, folder: Path, limit: int, memory: int) -> Ran:
    path = folder / "architecture.yaml"
    path.write_text(native(architecture), encoding="utf-8")
    command = [sys.executable, "-m", "lambdaspec", "check", "--fail-on", "never", str(path)]
    return measured(command, folder, limit, memory)


def by_counters(architecture: Architecture, folder: Path, limit: int, memory: int) -> Ran:
    """Our own search over the same states as the others: one event with its counters."""
    path = folder / "architecture.yaml"
    path.write_text(native(architecture), encoding="utf-8")
    here = str(Path(__file__).resolve())
    return measured([sys.executable, here, "--counters", str(path)], folder, limit, memory)


def by_spin(architecture: Architecture, folder: Path, limit: int, memory: int) -> Ran:
    text = exported(Settings(architecture), "promela")
    (folder / "model.pml").write_text(text, encoding="utf-8")
    prepared(["spin", "-a", "model.pml"], folder)
    flags = ["-O2", "-w", f"-DMEMLIM={memory * 1_000}"]
    prepared(["cc", *flags, "-o", "pan", "pan.c"], folder)
    states = len(architecture.functions) * 2 * (CUTOFF.value + 1) ** len(architecture.functions)
    ran = measured(["./pan", "-a", f"-m{min(states * 4, 20_000_000)}"], folder, limit, memory)
    complete = "errors:" in ran.says and "memory limit" not in ran.says
    complete = complete and "depth too small" not in ran.says
    return ran if complete else Ran(None, ran.memory)


def by_rumur(architecture: Architecture, folder: Path, limit: int, memory: int) -> Ran:
    (folder / "model.m").write_text(exported(Settings(architecture), "murphi"), encoding="utf-8")
    prepared(
        [
            "rumur",
            "--deadlock-detection",
            "off",
            "--threads",
            "1",
            "--output",
            "model.c",
            "model.m",
        ],
        folder,
    )
    prepared(["cc", "-O3", "-w", "-march=native", "-o", "model", "model.c", "-lpthread"], folder)
    ran = measured(["./model"], folder, limit, memory)
    return ran if "no error" in ran.says.lower() else Ran(None, ran.memory)


def by_storm(architecture: Architecture, folder: Path, limit: int, memory: int) -> Ran:
    (folder / "model.nm").write_text(exported(Settings(architecture), "prism"), encoding="utf-8")
    here = str(Path(__file__).resolve())
    return measured([sys.executable, here, "--storm", "model.nm"], folder, limit, memory)


Engine = Callable[[Architecture, Path, int, int], Ran]
ENGINES: dict[str, Engine] = {
    "lambdaspec check": by_check,
    "our search over counters": by_counters,
    "SPIN": by_spin,
    "Rumur": by_rumur,
    "Storm": by_storm,
}
NEEDS = {"SPIN": "spin", "Rumur": "rumur"}


def compare(family: str, limit: int, memory: int) -> None:
    """One table: a row for each size, the ratio to `lambdaspec check` in brackets."""
    able = [name for name in ENGINES if name not in NEEDS or shutil.which(NEEDS[name])]
    given_up: set[str] = set()
    print(f"\n### {family}\n")
    row("functions", *able)
    row(*("---" for _ in range(len(able) + 1)))
    for size in SIZES[family]:
        cells, first = [], 1.0
        for name in able:
            if name in given_up:
                cells.append("–")
                continue
            with tempfile.TemporaryDirectory() as place:
                ran = ENGINES[name](FAMILIES[family](size), Path(place), limit, memory)
            if ran.seconds is None:
                given_up.add(name)
                cells.append(f"gives up, {ran.memory:,} MB")
                continue
            first = ran.seconds if name == "lambdaspec check" else first
            ratio = "" if name == "lambdaspec check" else f" ({ran.seconds / first:.2g} ×)"
            cells.append(f"{ran.seconds:.2f} s{ratio}, {ran.memory:,} MB")
        row(size, *cells)


def messages() -> None:
    """A queue that feeds itself, at the real limits: the flow's answer and the explicit one."""
    function = Function("F", emits=(Emission("Q"),))
    queues = {"Q": Queue("Q", redrive=Redrive("D", 3)), "D": Queue("D")}
    made = Architecture(
        "loop", {"F": function}, queues, (QueueMapping("Q", "F", 2),), (Entry("Q"),)
    )
    print("\n### An innocent message dropped with its batch (cutoff 16, 3 receives, batch 2)\n")
    row("how", "time", "states", "states/s", "steps/s")
    row(*("---",) * 5)
    began = time.perf_counter()
    judged = decide_innocent(build(Settings(made)), Asked())
    row(
        "decided from the flow, any number",
        f"{(time.perf_counter() - began) * 1e3:.1f} ms",
        "–",
        "–",
        "–",
    )
    if judged.holds is not False:
        raise SystemExit("the flow does not find the drop")
    question = [find("innocent-dropped")]
    for several, reduce in ((2, True), (3, True), (6, True), (2, False)):
        limits = Limits(states=2_000_000, seconds=120)
        (told,) = explore(Settings(made), question, Bounds(several, limits, reduce))
        done = told.explored
        how = f"explicit, {several} messages" + (", reduced" if reduce else "")
        found = "" if told.holds is False else " and stopped"
        per = f"{done.rate:,.0f}", f"{done.steps / done.seconds:,.0f}"
        row(how, f"{done.seconds:.2f} s{found}", f"{done.states:,}", *per)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=120)
    parser.add_argument("--memory", type=int, default=8)
    parser.add_argument("--families", default="complete,ring")
    parser.add_argument("--counters")
    parser.add_argument("--storm")
    options = parser.parse_args()
    if options.counters:
        from lambdaspec.loading import load

        explored = explore_counters(build(Settings(load(options.counters).architecture)), 10**9)
        print(len(explored.configs), "states")
    elif options.storm:
        import stormpy

        program = stormpy.parse_prism_program(options.storm)
        (wanted,) = stormpy.parse_properties('R{"runs"}max=? [C]', program)
        model = stormpy.build_model(program, [wanted])
        print(model.nr_states, "states", stormpy.model_checking(model, wanted).get_max)
    else:
        print(f"limit {options.limit} s of CPU, {options.memory} GB")
        for family in options.families.split(","):
            compare(family, options.limit, options.memory)
        messages()


if __name__ == "__main__":
    import gc

    gc.disable()
    main()
