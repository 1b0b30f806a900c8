"""Small projects on disk: a template, handlers beside it, and what the check says."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from lambdaspec import Result, check
from lambdaspec.architecture.elements import Emission, Evidence
from lambdaspec.loading import load

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return folder


def checked(path: Path, **parameters: str) -> Result:
    """The check of a file or folder."""
    return check(load(str(path), parameters).architecture)


def loops(result: Result) -> dict[str, tuple[str, str]]:
    """Each loop's path, with its verdict and evidence."""
    return {
        " → ".join(one.loop.path): (one.loop.verdict.value, one.loop.evidence.word)
        for one in result.loops
    }


def code_emissions(result: Result, function: str = "Fn") -> list[Emission]:
    """What the code of a function was found to write."""
    emits = result.architecture.functions[function].emits
    return [one for one in emits if one.evidence is Evidence.CODE]


def codes(result: Result) -> list[str]:
    """The codes of the findings."""
    return [one.code for one in result.findings]
