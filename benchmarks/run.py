"""The benchmarks: `python benchmarks/run.py`. Medians of several runs, one process, side by side.

As the command line does, it runs without the cyclic garbage collector: nothing here makes cycles of
any size, and large flows take half as long.
"""

from __future__ import annotations

import gc
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.families import FAMILIES, complete, lossy_ring, ring, sparse
from lambdaspec.architecture.elements import Architecture
from lambdaspec.decide import decide_architecture
from lambdaspec.flow.build import build
from lambdaspec.flow.graph import Flow
from lambdaspec.flow.loops import survivor_lasso
from lambdaspec.kernel.certificate import by_elimination
from lambdaspec.kernel.checker import prove
from lambdaspec.kernel.streett import Decision, decide
from lambdaspec.semantics.settings import Settings

ROOT = Path(__file__).parents[1]
NUSMV_SECONDS = 55
"""NuSMV on 16 functions that all call each other, as measured on such a machine (CPU seconds)."""


def median(work: Callable[[], Any], times: int = 5) -> float:
    """The median wall time of some runs, in seconds."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return statistics.median(found)


def certify(flow: Flow) -> tuple[Decision, dict[str, Any] | None]:
    """Decide, with certificate where it is bounded."""
    decision = decide(flow)
    if not decision.bounded:
        return decision, None
    return decision, by_elimination(flow, flow.names(), decision.region)


def growth(small: Flow, large: Flow, factor: float) -> float:
    """The exponent of a power law through two sizes; measured in turns, so that both see the same
    machine.
    """
    exponents = []
    for _ in range(9):
        ratio = median(lambda: certify(large), 1) / median(lambda: certify(small), 3)
        exponents.append(math.log(ratio, factor))
    return statistics.median(exponents)


def shown(seconds: float) -> str:
    """A time in the unit that suits it."""
    return f"{seconds * 1000:,.2f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def row(*cells: object) -> None:
    """A row of a Markdown table."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def families() -> None:
    """Time to build, to decide with certificate, and to verify, by family and size."""
    print("## Families\n")
    row("family", "functions", "hops", "build", "decide + certificate", "verify", "verdict")
    row(*["---"] * 7)
    for name, family in FAMILIES.items():
        sizes = (1, 10, 100, 300) if name == "complete" else (1, 10, 100, 1_000, 10_000)
        for n in sizes:
            architecture = family(n)
            times = 3 if n >= 1_000 else 5
            flow = build(Settings(architecture))
            built = median(lambda a=architecture: build(Settings(a)), times)  # type: ignore[misc]
            decided = median(lambda f=flow: certify(f), times)  # type: ignore[misc]
            decision, proof = certify(flow)
            checked = shown(median(lambda p=proof: prove(p), times)) if proof else "–"  # type: ignore[misc]
            verdict = "bounded" if decision.bounded else "unbounded"
            hops = f"{len(flow.steps):,}"
            row(name, f"{n:,}", hops, shown(built), shown(decided), checked, verdict)
    print()


def targets() -> None:
    """The figures that are promised, each with its target."""
    print("## Targets\n")
    row("what", "measured", "target")
    row(*["---"] * 3)
    flows = {n: build(Settings(sparse(n))) for n in (1_000, 10_000)}
    taken = median(lambda: certify(flows[10_000]))
    row("10,000 functions, 40,000 calls: decide with certificate", shown(taken), "1 s")
    exponent = growth(flows[1_000], flows[10_000], 10)
    row("growth from 1,000 to 10,000, sparse", f"n^{exponent:.2f}", "n^1.1")
    rings = {n: build(Settings(ring(n))) for n in (500, 1_000, 10_000)}
    exponent = growth(rings[1_000], rings[10_000], 10)
    row("growth from 1,000 to 10,000, ring", f"n^{exponent:.2f}", "n^1.1")
    row("ring of 500", shown(median(lambda: certify(rings[500]))), "milliseconds")
    flow = build(Settings(complete(64)))
    row(
        "64 that all call each other, with certificate",
        shown(median(lambda: certify(flow))),
        "10 ms",
    )
    lossy = build(Settings(lossy_ring(256)))
    survivor = decide(lossy).survivors[0]
    found = median(lambda: survivor_lasso(lossy, survivor))
    row("shortest lasso through one lossy hop among 256", shown(found), "50 ms")
    for n in (100, 400):
        settings = Settings(lossy_ring(n))
        taken = median(lambda s=settings: decide_architecture(s), 3)  # type: ignore[misc]
        row(f"lossy ring of {n}: build, decide, find and replay the lasso", shown(taken), "")
    sixteen = build(Settings(complete(16)))

    def whole() -> None:
        _, proof = certify(sixteen)
        prove(proof)

    taken = median(whole, 15)
    ratio = NUSMV_SECONDS / taken
    row("16 that all call each other, certificate and check", shown(taken), "")
    row("… against NuSMV's 55 s, measured elsewhere", f"{ratio:,.0f} times", "10,000 times")
    print()


def processes() -> None:
    """Whole processes: start-up, memory."""
    print("## Whole processes\n")
    row("what", "measured", "target")
    row(*["---"] * 3)
    model = "models/order-processing/architecture.yaml"
    command = [sys.executable, "-m", "lambdaspec", "check", model]
    taken = median(lambda: subprocess.run(command, cwd=ROOT, capture_output=True, check=False), 9)
    row("`lambdaspec check` of a model, process start to exit", shown(taken), "0.5 s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sparse.yaml"
        path.write_text(native(sparse(10_000)), encoding="utf-8")
        command = [sys.executable, "-m", "lambdaspec", "check", "--format", "json", str(path)]
        begin = time.perf_counter()
        subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        taken = time.perf_counter() - begin
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    row("`lambdaspec check` of the 10,000-function file, everything", shown(taken), "")
    row("its peak memory", f"{memory:,.0f} MB", "500 MB")
    print()


def native(architecture: Architecture) -> str:
    """An architecture of the families as YAML."""
    lines = ["lambdaspec: 1", "functions:"]
    for function in architecture.functions.values():
        emits = ", ".join(f"{{to: {emission.to}}}" for emission in function.emits)
        lines.append(f"  {function.name}: {{emits: [{emits}]}}")
    lines.append("entry: [F0]")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    gc.disable()
    targets()
    processes()
    families()
