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
    unknowns = tuple(r.message for r in result.architecture.remarks)
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


def report(rows: list[Row], labels: Path) -> int:
    """Print the tables."""
    wrong = [row for row in rows if row.error]
    print(f"{len(rows):,} templates, {len(rows) - len(wrong):,} read")
    for text, number in Counter(row.error.split(" ")[0] for row in wrong).most_common():
        print(f"  {number:5} {text}")
    crashes = [row for row in wrong if row.error.startswith(("CRASH", "FAULT"))]
    for row in crashes:
        print(f"  {row.repo}/{row.path}: {row.error[:160]}")
    clean = sum(not row.unknowns for row in rows if not row.error)
    print(f"{clean:,} without a remark on something that is not known")
    print("verdicts:", dict(Counter(row.verdict for row in rows if not row.error)))
    with labels.open() as file:
        told = {(row["repo"], row["path"]): row for row in csv.DictReader(file)}
    alarmed = [row for row in rows if row.alarms]
    false = [
        r
        for r in alarmed
        if told.get((r.repo, r.path), {}).get("label") not in ("REAL", "INTENDED")
    ]
    print(f"{len(alarmed)} templates with an alarm, {len(false)} of them not labelled as a loop:")
    print(f"  {100 * len(false) / max(1, len(rows)):.2f} per 100 templates")
    for row in false:
        label = told.get((row.repo, row.path), {})
        print(f"  - {row.repo}/{row.path} [{label.get('label', 'no label')}] {row.alarms[0]}")
    known = {(row.repo, row.path): row for row in rows}
    print("labelled REAL, INTENDED and POLL:")
    for key, label in told.items():
        if label["label"] == "FALSE" or label["kind"] == "outside-corpus":
            continue
        one = known.get(key)
        said = "not in the index"
        if one is not None:
            said = one.error or "; ".join(one.alarms) or one.verdict
        print(f"  {label['label']:9}{key[0]}/{key[1]}: {said[:150]}")
    return bool(crashes)


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
