"""How accurate lambdaspec is on real templates: every template read, every loop against its label.

    python benchmarks/corpus.py --corpus ../shared/corpus --labels ../shared/corpus/labels.csv
    python benchmarks/corpus.py ... --sources DIR     # DIR/owner+repository: handlers beside them

A template counts as an alarm if it has a finding at or above `warning` about a loop (LS101 to
LS104) at strength `configured`. With `--sources`, templates are read in a checkout of their
repository, where the handlers are.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from attrs import frozen

from lambdaspec.checking import check
from lambdaspec.errors import InputError, ToolFault
from lambdaspec.loading import load
from lambdaspec.result import Options

ALARMS = ("LS101", "LS102", "LS103", "LS104")
PLAIN = ("cfn", "sam", "cdk-synth", "cfn-nolambda+asl", "sls", "tf", "tfplan", "asl")


@frozen
class Row:
    """What came out for one template."""

    repo: str
    path: str
    kind: str
    error: str = ""
    verdict: str = ""
    alarms: tuple[str, ...] = ()
    possible: int = 0
    unknowns: tuple[str, ...] = ()
    seconds: float = 0.0


def measured(job: tuple[str, str, str, str]) -> Row:
    """Read and check one template."""
    place, repo, path, kind = job
    begun = time.perf_counter()
    try:
        loaded = load(place)
        result = check(loaded.architecture, Options(search=2_000))
    except InputError as error:
        first = error.findings[0]
        return Row(repo, path, kind, error=f"{first.code} {first.message}")
    except ToolFault as error:
        return Row(repo, path, kind, error=f"FAULT {error}")
    except Exception as error:  # noqa: BLE001  a crash is a row of the table
        return Row(repo, path, kind, error=f"CRASH {type(error).__name__}: {error}")
    found = tuple(f"{f.code} {f.message}" for f in result.findings if f.code in ALARMS)
    unknowns = tuple(r.message for r in result.architecture.remarks if r.code == "LS109")
    seconds = time.perf_counter() - begun
    word = result.verdict.word
    return Row(repo, path, kind, "", word, found, len(result.possible), unknowns, seconds)


def jobs(corpus: Path, sources: Path | None) -> list[tuple[str, str, str, str]]:
    """Every template of the index, in a checkout with handlers where there is one."""
    found = []
    with (corpus / "index.csv").open() as file:
        for row in csv.DictReader(file):
            if row["kind"] not in PLAIN:
                continue
            path = row["path"]
            places = [corpus / row["repo"] / path]
            places.append(corpus / row["repo"].split("+")[-1] / path.rsplit("cdk.out/", 1)[-1])
            if sources is not None:
                places.insert(0, sources / row["repo"] / path)
            if row["kind"] == "tf":
                places = [place.parent if "*" in place.name else place for place in places]
            if "SYNTH" in path:
                places.append(corpus / (row["repo"].split("+")[-1] + "-cdk") / "template.json")
            here = next((place for place in places if place.exists()), None)
            if here is not None:
                found.append((str(here), row["repo"], path, row["kind"]))
    return found


MATTERS = ("makes is not known", "runs is not known", "comes from elsewhere", "left out")
"""Unknowns that can hide a way of an event; the others are read as if more could happen."""


def report(rows: list[Row], labels: Path) -> int:
    """Print the tables; whether there was a crash."""
    with labels.open() as file:
        told = {(row["repo"], row["path"]): row for row in csv.DictReader(file)}
    crashed = _read(rows)
    _alarms(rows, told)
    _labelled(rows, told)
    return bool(crashed)


def _read(rows: list[Row]) -> int:
    wrong = [row for row in rows if row.error]
    crashes = [row for row in wrong if row.error.startswith(("CRASH", "FAULT"))]
    read = [row for row in rows if not row.error]
    clear = [r for r in read if not any(word in u for u in r.unknowns for word in MATTERS)]
    print(f"{len(rows):,} templates: {len(read):,} read, {len(crashes)} crashes")
    print(f"{len(clear):,} ({100 * len(clear) / len(read):.1f} %) without an unknown that matters")
    print("not read:")
    for row in wrong:
        print(f"  {row.repo}/{row.path}: {row.error[:110]}")
    print("unknowns that matter, by kind:")
    kinds = Counter(
        word for row in read for word in MATTERS if any(word in u for u in row.unknowns)
    )
    for word, number in kinds.most_common():
        print(f"  {number:5} {word}")
    print("verdicts:", dict(Counter(row.verdict for row in read)))
    return len(crashes)


def _alarms(rows: list[Row], told: dict[tuple[str, str], dict[str, str]]) -> None:
    """Findings about loops that people would be stopped by, and which of them are false."""
    alarmed = [row for row in rows if row.alarms]
    false = []
    for row in alarmed:
        label = told.get((row.repo, row.path), {}).get("label", "no label")
        fair = label == "REAL" or (label == "INTENDED" and row.alarms[0].startswith("LS103"))
        if not fair:
            false.append((row, label))
    print(f"{len(alarmed)} templates with an alarm; not a loop by their label, or not that one:")
    for row, label in false:
        print(f"  {row.repo}/{row.path} [{label}] {row.alarms[0][:150]}")
    print(f"  that is {100 * len(false) / max(1, len(rows)):.2f} per 100 templates")


def _labelled(rows: list[Row], told: dict[tuple[str, str], dict[str, str]]) -> None:
    """What was said of every labelled loop that is none of the false ones."""
    known = {(row.repo, row.path): row for row in rows}
    quiet = Counter[str]()
    for key, label in told.items():
        row = known.get(key)
        if label["kind"] == "outside-corpus" or row is None:
            continue
        if label["label"] == "FALSE":
            quiet["with an alarm" if row.alarms else "without an alarm"] += 1
            continue
        said = row.error or "; ".join(row.alarms) or f"{row.verdict}, {row.possible} possible"
        print(f"  {label['label']:9}{key[0]}/{key[1]}: {said[:120]}")
    print("labelled FALSE:", dict(quiet))


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--sources", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    todo = jobs(options.corpus, options.sources)
    begun = time.perf_counter()
    with ProcessPoolExecutor(options.jobs) as pool:
        rows = list(pool.map(measured, todo, chunksize=16))
    print(f"{time.perf_counter() - begun:.1f} s")
    return report(rows, options.labels or options.corpus / "labels.csv")


if __name__ == "__main__":
    sys.exit(main())
