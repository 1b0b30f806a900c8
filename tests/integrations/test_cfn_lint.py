"""The rule for cfn-lint gives the same findings there, at the same places."""

import json
import subprocess
import sys
from pathlib import Path

from lambdaspec import check
from tests.support.projects import queue_loop, write

TEMPLATE = queue_loop("python3.13", inline=True)


def test_the_same_findings(tmp_path: Path) -> None:
    path = write(tmp_path, {"t.yaml": TEMPLATE}) / "t.yaml"
    module = "lambdaspec.integrations.cfn_lint"
    linter = Path(sys.executable).parent / "cfn-lint"
    command = [str(linter), str(path), "--append-rules", module, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    ours = [one for one in json.loads(done.stdout or "[]") if one["Rule"]["Id"][1:] == "9901"]
    expected = check(str(path)).findings
    assert len(ours) == len(expected) == 1, done.stderr
    [there], [here] = ours, expected
    assert here.span is not None
    assert there["Message"] == f"{here.code} {here.message}"
    assert there["Location"]["Start"]["LineNumber"] == here.span.line
    assert there["Level"] == "Error"
