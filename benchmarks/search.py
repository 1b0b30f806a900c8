"""How long the search of configurations takes: `python benchmarks/search.py [--brute SECONDS]`.

Three questions: 2^40 configurations decided; every minimal set of two mistakes among 200 functions;
and the same, on fewer services, by trying every set, as far as that gets.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from itertools import combinations

from lambdaspec import Options
from lambdaspec.architecture.document import parse
from lambdaspec.architecture.elements import (
    Architecture,
    Bucket,
    Bus,
    Channel,
    Emission,
    Function,
    Notification,
    Queue,
    QueueMapping,
    Redrive,
    Rule,
    Sdk,
    StreamMapping,
    Subscription,
    Table,
    Topic,
    Trigger,
)
from lambdaspec.architecture.entries import default_entries
from lambdaspec.architecture.native import read_native
from lambdaspec.symbolic.edits import Change, Edit, Part
from lambdaspec.symbolic.hitting import nearest_by_hitting
from lambdaspec.symbolic.mistakes import mistakes
from lambdaspec.symbolic.nearest import Nearest, nearest
from lambdaspec.symbolic.oracle import Oracle

QUICK = Options(search=2_000)


def shop(services: int) -> Architecture:
    """Services of five functions each: queue, table stream, topic, bucket and bus in a row."""
    functions: dict[str, Function] = {}
    channels: dict[str, Channel] = {}
    triggers: list[Trigger] = []
    for n in range(services):
        orders, dead, news, table, files, bus, out = (
            f"{kind}{n}" for kind in ("Orders", "Dead", "News", "Table", "Files", "Bus", "Out")
        )
        for channel in (
            Queue(orders, redrive=Redrive(dead, 3)),
            Queue(dead),
            Topic(news),
            Table(table),
            Bucket(files),
            Bus(bus),
            Queue(out),
        ):
            channels[channel.name] = channel
        writes = (Emission(table), Emission(news), Emission(files, key="out/{}"))
        names = [f"{name}{n}" for name in ("Take", "Notify", "Store", "Index", "Report")]
        for name, emission in zip(names, (*writes, Emission(bus), Emission(out)), strict=True):
            functions[name] = Function(name, emits=(emission,))
        triggers += [
            QueueMapping(orders, names[0]),
            StreamMapping(table, names[1], max_retry_attempts=2, on_failure=dead),
            Subscription(news, names[2]),
            Notification(files, names[3], prefix="out/"),
            Rule(bus, names[4]),
        ]
    return default_entries(Architecture("shop", functions, channels, tuple(triggers)))


def choices(closing: bool) -> tuple[Architecture, list[Edit]]:
    """Fifty functions in a row of queues, forty of which may write one queue further, or, when
    `closing`, the last of which may also write back to the first, with an old SDK.
    """
    names = [f"F{n}" for n in range(50)]
    channels: dict[str, Channel] = {f"Q{n}": Queue(f"Q{n}") for n in range(52)}
    functions = {
        name: Function(name, emits=(Emission(f"Q{n + 1}"),)) for n, name in enumerate(names)
    }
    triggers = tuple(QueueMapping(f"Q{n}", name) for n, name in enumerate(names))
    edits = []
    for n in range(40):
        after = "Q0" if closing and n == 39 else f"Q{n + 2}"
        change = Change(Part.FUNCTION, f"F{n}", "emits.0.to", f"Q{n + 1}", after)
        edits.append(Edit("choice", f"F{n} writes to {after}", (change,)))
    if closing:
        change = Change(Part.FUNCTION, "F0", "sdk", Sdk.SUPPORTED, Sdk.UNSUPPORTED)
        edits[38] = Edit("choice", "F0 has an old SDK", (change,))
    return default_entries(Architecture("row", functions, channels, triggers)), edits


def timed(question: Callable[[], object], times: int = 3) -> float:
    """The median of the CPU seconds of some runs."""
    spent = []
    for _ in range(times):
        begin = time.process_time()
        question()
        spent.append(time.process_time() - begin)
    return statistics.median(spent)


def filter_question(patterns: int) -> Architecture:
    """A function that writes to a bus whose rules, in a row of functions, take it by patterns."""
    rules = "\n".join(
        f"  - {{from: B{n}, to: F{n}, filter: {{source: [s{n}], "
        f"detail: {{k: [{{prefix: a}}, {{wildcard: 'x*y'}}]}}}}}}"
        for n in range(patterns)
    )
    functions = "\n".join(
        f"  F{n}: {{emits: [{{to: B{(n + 1) % patterns}, set: {{source: s{(n + 1) % patterns}, "
        f"k: 'x{{}}z'}}}}]}}"
        for n in range(patterns)
    )
    buses = ", ".join(f"B{n}: {{}}" for n in range(patterns))
    text = f"lambdaspec: 1\nfunctions:\n{functions}\nbuses: {{{buses}}}\ntriggers:\n{rules}\n"
    return read_native(parse("patterns.yaml", text))


def by_trying(architecture: Architecture, seconds: float) -> tuple[int, int, float]:
    """How many sets of up to two were decided in that time, of how many, and the CPU seconds."""
    edits = mistakes(architecture)
    oracle = Oracle(architecture, QUICK, edits)
    sets = [c for n in range(3) for c in combinations(range(len(edits)), n)]
    begin = time.process_time()
    done = 0
    for one in sets:
        if time.process_time() - begin > seconds:
            break
        oracle(one)
        done += 1
    return done, len(sets), time.process_time() - begin


def question(
    engine: Callable[[Oracle, int], Nearest],
    architecture: Architecture,
    edits: list[Edit],
    within: int,
) -> Callable[[], Nearest]:
    """A question to an engine, each time asked anew."""
    return lambda: engine(Oracle(architecture, QUICK, edits), within)


def first_by_hitting(oracle: Oracle, within: int) -> Nearest:
    """The fewest edits only."""
    return nearest_by_hitting(oracle, within, first=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brute", type=float, default=20.0, help="CPU seconds for trying")
    given = parser.parse_args()
    for closing in (False, True):
        architecture, edits = choices(closing)
        ask = question(first_by_hitting, architecture, edits, 40)
        found, spent = ask(), timed(ask)
        says = f"{found.distance} away" if found.sets else "none of them is unbounded"
        print(f"2^40 configurations, {says}: {spent:.2f} s")
    for patterns in (1, 20):
        architecture = filter_question(patterns)
        spent = timed(lambda: Oracle(architecture, QUICK)(()), times=9)  # noqa: B023
        print(f"{patterns} patterns on one ring, decided with certificate: {1_000 * spent:.1f} ms")
    for services in (1, 4, 40):
        architecture = shop(services)
        edits = mistakes(architecture)
        ask = question(nearest, architecture, edits, 2)
        found, spent = ask(), timed(ask)
        print(
            f"{len(architecture.functions)} functions, {len(edits):,} mistakes: "
            f"{len(found.sets):,} minimal sets within 2, {found.asked:,} decided: {spent:.2f} s"
        )
        if services < 40:
            hitting = timed(question(nearest_by_hitting, architecture, edits, 2))
            print(f"  hitting sets: {hitting:.2f} s, {hitting / spent:.1f} times as long")
        done, every, tried = by_trying(architecture, given.brute)
        whole = tried * every / done
        how = "" if done == every else f" (after {done:,} of {every:,} sets, extrapolated)"
        print(f"  trying every set: {whole:,.1f} s{how}, {whole / spent:,.0f} times as long")


if __name__ == "__main__":
    main()
