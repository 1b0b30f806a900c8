"""Real command runs, kept whole. `LAMBDASPEC_ACCEPT=1 pytest tests/golden` accepts what is new.

Each `.cmd` file holds the arguments of one run in the repository's root; beside it stands what the
command printed, and its exit code in the last line.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES = sorted((Path(__file__).parent / "cases").glob("*.cmd"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_command_prints_what_it_printed(case: Path) -> None:
    arguments = shlex.split(case.read_text(encoding="utf-8"))
    done = subprocess.run(
        [sys.executable, "-m", "lambdaspec", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "random"},
    )
    printed = f"{done.stdout}{done.stderr}exit {done.returncode}\n"
    expected = case.with_suffix(".expect")
    if os.environ.get("LAMBDASPEC_ACCEPT"):
        expected.write_text(printed, encoding="utf-8")
    assert "Traceback" not in printed
    assert printed == expected.read_text(encoding="utf-8")


def test_no_line_is_wider_than_the_terminal() -> None:
    for case in CASES:
        arguments = shlex.split(case.read_text(encoding="utf-8"))
        if arguments[0] in ("check", "explain", "--help") and "--format" not in arguments:
            for line in case.with_suffix(".expect").read_text(encoding="utf-8").splitlines():
                assert len(line) <= 80 or "https://" in line or "possible:" in line, (case, line)
