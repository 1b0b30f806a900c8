"""The three functions of the public surface: load, check, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lambdaspec.architecture.elements import Architecture
from lambdaspec.checking import check as check_architecture
from lambdaspec.kernel.checker import Rejected
from lambdaspec.kernel.checker import verify as accept
from lambdaspec.loading import load as load_file
from lambdaspec.result import Options, Result


def load(path: str | Path) -> Architecture:
    """Read an architecture or a template.

    Args:
        path: a file in the native form, or a CloudFormation or SAM template.

    Raises:
        InputError: it cannot be read; every reason is in `findings`.

    """
    return load_file(str(path)).architecture


def check(source: str | Path | Architecture, options: Options | None = None) -> Result:
    """Decide whether one event can cause Lambda invocations without end.

    Args:
        source: an architecture, or the file to read it from.
        options: entry, cutoff, evidence, budget and readings; the defaults are AWS's.

    Raises:
        InputError: the file cannot be read.
        ValueError: the entry asked for does not exist.
        ToolFault: two parts of lambdaspec contradict each other; please report it.

    """
    architecture = source if isinstance(source, Architecture) else load(source)
    return check_architecture(architecture, options)


def verify(certificate: dict[str, Any]) -> bool:
    """Whether a certificate, as the JSON report or `--certificate` gives it, is a proof."""
    try:
        accept(certificate)
    except Rejected:
        return False
    return True
