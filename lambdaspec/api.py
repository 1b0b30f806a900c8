"""The functions of the public surface: load, check, explore, verify."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lambdaspec.architecture.elements import Architecture
from lambdaspec.checking import check as check_architecture
from lambdaspec.checking import prepared
from lambdaspec.exploring import Bounds, Told
from lambdaspec.exploring import explore as explore_all
from lambdaspec.kernel.checker import Rejected
from lambdaspec.kernel.checker import verify as accept
from lambdaspec.kernel.properties import Property
from lambdaspec.loading import load as load_file
from lambdaspec.properties.registry import find
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


def explore(
    source: str | Path | Architecture,
    properties: Sequence[Property | str],
    *,
    options: Options | None = None,
    bounds: Bounds | None = None,
) -> list[Told]:
    """Answer questions about all runs within bounds, by visiting every state.

    Args:
        source: an architecture, or the file to read it from.
        properties: made with `always`, `sometimes`, `eventually`, or names of stock properties.
        options: entry, cutoff, evidence, readings, duplicates and redrives.
        bounds: how many events arrive at each entry, and when to give up.

    Returns:
        An answer for each property at each entry; `holds` is None where a limit was reached.

    Raises:
        InputError: the file cannot be read.
        ValueError: there is no such stock property, or it cannot be watched.

    """
    architecture = source if isinstance(source, Architecture) else load(source)
    questions = [find(one) if isinstance(one, str) else one for one in properties]
    return explore_all(prepared(architecture, options or Options()), questions, bounds)


def verify(certificate: dict[str, Any]) -> bool:
    """Whether a certificate, as the JSON report or `--certificate` gives it, is a proof."""
    try:
        accept(certificate)
    except Rejected:
        return False
    return True
