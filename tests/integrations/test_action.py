"""The GitHub action and the hook for pre-commit do what they say, run as their runners run them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

from tests.support.projects import queue_loop, write

ROOT = Path(__file__).parents[2]
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def test_the_action_annotates_summarises_and_fails(tmp_path: Path) -> None:
    write(tmp_path, {"t.yaml": queue_loop(inline=True)})
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    install, check = action["runs"]["steps"]
    assert "lambdaspec" in install["run"]
    inputs = {name: one["default"] for name, one in action["inputs"].items()}
    told = {k: v.replace("${{ inputs.", "").replace(" }}", "") for k, v in check["env"].items()}
    env = {name: inputs[which] for name, which in told.items()}
    summary = tmp_path / "summary.md"
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", check["run"]],
        cwd=tmp_path,
        env={**os.environ, **env, "PATH": PATH, "GITHUB_STEP_SUMMARY": str(summary)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=t.yaml,line=12,")
    assert "```mermaid" in summary.read_text()
    report = json.loads((tmp_path / inputs["sarif"]).read_text())
    assert report["runs"][0]["results"][0]["ruleId"] == "LS102"


def test_the_hook_checks_the_repository(tmp_path: Path) -> None:
    write(tmp_path, {"t.yaml": queue_loop(inline=True)})
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["pass_filenames"] is False
    done = subprocess.run(
        hook["entry"].split(),
        cwd=tmp_path,
        env={**os.environ, "PATH": PATH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "LS102" in done.stdout
