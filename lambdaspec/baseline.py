"""A baseline: the findings that were there when lambdaspec was introduced, by fingerprint."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from lambdaspec.architecture.document import finding as wrong
from lambdaspec.diagnostics import Finding, Span
from lambdaspec.errors import InputError
from lambdaspec.report.fingerprint import fingerprint, relative

SCHEMA = "lambdaspec/baseline/1"


def read(path: Path) -> frozenset[str]:
    """The fingerprints in a baseline.

    Raises:
        InputError: it cannot be read, or is none.

    """
    span = Span(str(path))
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError([wrong("LS001", span, f"not a baseline: {error}")]) from error
    known = isinstance(data, dict) and data.get("schema") == SCHEMA
    listed = data.get("findings") if known else None
    if not isinstance(listed, list):
        message = f"not a baseline: `schema` is not {SCHEMA}"
        raise InputError([wrong("LS008", span, message)])
    return frozenset(str(one.get("fingerprint")) for one in listed if isinstance(one, dict))


def write(path: Path, findings: Iterable[Finding], root: str) -> None:
    """Write the findings as a baseline; it can be read by people too.

    Raises:
        OSError: the file cannot be written.

    """
    listed = [
        {
            "fingerprint": fingerprint(one, root),
            "code": one.code,
            "path": relative(one.span.path, root) if one.span is not None else "",
            "message": one.message,
        }
        for one in findings
    ]
    listed.sort(key=lambda one: (one["path"], one["code"], one["fingerprint"]))
    data = {"schema": SCHEMA, "findings": listed}
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def new(findings: Iterable[Finding], known: frozenset[str], root: str) -> tuple[Finding, ...]:
    """The findings that are not in a baseline."""
    return tuple(one for one in findings if fingerprint(one, root) not in known)
