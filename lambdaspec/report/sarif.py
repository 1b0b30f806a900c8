"""SARIF 2.1.0, as code scanning reads it: rules, places, the steps of each loop, fingerprints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from lambdaspec.codes import CODES
from lambdaspec.diagnostics import Finding, Level, Span
from lambdaspec.report.fingerprint import fingerprint, relative

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "note"}
_ORDER = list(CODES)


def sarif(findings: Iterable[Finding], version: str, root: str = "") -> dict[str, Any]:
    """The report on all findings as data for `json.dump`.

    Args:
        findings: what to report.
        version: lambdaspec's.
        root: the folder that paths are relative to.

    """
    driver = {
        "name": "lambdaspec",
        "version": version,
        "rules": [_rule(code) for code in _ORDER],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, root) for one in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    entry = CODES[code]
    text = f"{entry.what} {entry.why}"
    return {
        "id": code,
        "name": "".join(part.capitalize() for part in entry.name.split("-")),
        "shortDescription": {"text": entry.what},
        "fullDescription": {"text": text},
        "help": {
            "text": f"{text}\n\n{entry.fix}",
            "markdown": f"{entry.what}\n\n**Why.** {entry.why}\n\n**What to do.** {entry.fix}",
        },
        "defaultConfiguration": {"level": _LEVELS[entry.level]},
        "properties": {"tags": ["serverless", "lambda", "reliability"]},
    }


def _result(finding: Finding, root: str) -> dict[str, Any]:
    text = ". ".join([finding.message, *finding.notes])
    made: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": _ORDER.index(finding.code),
        "level": _LEVELS[finding.level],
        "message": {"text": text},
        "partialFingerprints": {"lambdaspec/v1": fingerprint(finding, root)},
    }
    if finding.span is not None:
        made["locations"] = [{"physicalLocation": _place(finding.span, root)}]
    places = [(span, says) for span, says in finding.steps if span is not None]
    if places:
        made["relatedLocations"] = [
            {"id": n, **_location(span, says, root)} for n, (span, says) in enumerate(places, 1)
        ]
        made["codeFlows"] = [{"threadFlows": [{"locations": _flow(places, root)}]}]
    return made


def _flow(places: Sequence[tuple[Span, str]], root: str) -> list[dict[str, Any]]:
    return [{"location": _location(span, says, root)} for span, says in places]


def _location(span: Span, says: str, root: str) -> dict[str, Any]:
    return {"physicalLocation": _place(span, root), "message": {"text": says}}


def _place(span: Span, root: str) -> dict[str, Any]:
    region: dict[str, int] = {"startLine": max(1, span.line), "startColumn": max(1, span.column)}
    if (span.end_line, span.end_column) > (span.line, span.column):
        region |= {"endLine": span.end_line, "endColumn": span.end_column}
    uri = quote(relative(span.path, root))
    return {"artifactLocation": {"uri": uri}, "region": region}
