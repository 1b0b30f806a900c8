"""The JSON report, schema `lambdaspec/report/1`."""

from __future__ import annotations

from typing import Any

from lambdaspec.codes import CODES
from lambdaspec.diagnostics import Finding
from lambdaspec.flow.count import Count
from lambdaspec.flow.loops import Loop
from lambdaspec.kernel.certificate import sealed
from lambdaspec.kernel.verdict import Bounded, Unknown
from lambdaspec.report.steps import described
from lambdaspec.result import FoundLoop, Result

SCHEMA = "lambdaspec/report/1"
SAFE_INTEGER = 2**53 - 1
"""Integers above this are written as decimal strings: JSON readers would round them."""

MOST_DIGITS = 4_000
"""Integers with more digits than this are only bounded by a power of ten."""


def json_report(result: Result) -> dict[str, Any]:
    """The report as data for `json.dump`."""
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "name": result.architecture.name,
        "verdict": result.verdict.word,
        "bounded_by": list(result.bounded_by),
        "invocations": _invocations(result),
        "loops": [_found(result, one) for one in result.loops],
        "possible_loops": [_loop(loop) for loop in result.possible],
        "findings": [finding_data(one) for one in result.findings],
        "assumptions": [
            {"id": one.assumption.id, "reading": one.reading, "otherwise": one.otherwise}
            for one in result.rests
        ],
        "properties": [
            {"name": name, "holds": one.holds, "places": one.places, "vacuous": one.vacuous}
            for name, one in result.judgements.items()
        ],
        "certificate": _certificate(result),
    }
    if isinstance(result.verdict, Unknown):
        data["unknown"] = {"reason": result.verdict.reason, "effort": result.verdict.effort}
    return data


def error_report(findings: tuple[Finding, ...]) -> dict[str, Any]:
    """The report on an input that could not be read."""
    return {"schema": SCHEMA, "verdict": "unknown", "findings": [finding_data(f) for f in findings]}


def finding_data(finding: Finding) -> dict[str, Any]:
    """One finding as data."""
    span = finding.span
    location = None
    if span is not None:
        location = {
            "path": span.path,
            "line": span.line,
            "column": span.column,
            "end_line": span.end_line,
            "end_column": span.end_column,
        }
    return {
        "code": finding.code,
        "name": CODES[finding.code].name,
        "level": finding.level.word,
        "message": finding.message,
        "help": finding.help,
        "notes": list(finding.notes),
        "location": location,
    }


def _certificate(result: Result) -> dict[str, Any]:
    if isinstance(result.verdict, Bounded):
        return sealed(result.verdict.certificate)
    return {}


def _integer(value: int | None) -> int | str | None:
    if value is None or abs(value) <= SAFE_INTEGER:
        return value
    return str(value) if value.bit_length() * 0.30103 < MOST_DIGITS else None


def _figure(count: Count | None) -> int | str | None:
    """An exact figure, else the least that cannot be exceeded, else null."""
    return None if count is None else _integer(count.most)


def _invocations(result: Result) -> dict[str, Any]:
    nominal, worst = result.nominal, result.worst
    data: dict[str, Any] = {
        "nominal": _figure(nominal),
        "worst": _figure(worst),
        "exact": nominal is not None and worst is not None and nominal.exact and worst.exact,
        "entries": {
            name: {"nominal": _figure(low), "worst": _figure(high)}
            for name, (low, high) in result.entries.items()
        },
    }
    if nominal is not None and worst is not None and not data["exact"]:
        data["nominal_range"] = _range(nominal)
        data["worst_range"] = _range(worst)
    return data


def _range(count: Count) -> dict[str, Any]:
    return {
        "least": _integer(count.least),
        "most": _integer(count.most),
        "most_power_of_ten": count.exponent,
    }


def _found(result: Result, one: FoundLoop) -> dict[str, Any]:
    counterexample: dict[str, Any] = {"prefix": [], "cycle": []}
    if one.trace is not None:
        steps = described(result, one.trace)
        cut = len(steps) if one.trace.repeats is None else one.trace.repeats
        counterexample = {"prefix": steps[:cut], "cycle": steps[cut:]}
    return {"id": one.id, **_loop(one.loop), "counterexample": counterexample}


def _loop(loop: Loop) -> dict[str, Any]:
    return {
        "verdict": loop.verdict.value,
        "evidence": loop.evidence.word,
        "path": list(loop.path),
        "lineage_lost_at": [list(pair) for pair in loop.lost],
        "assumptions": list(loop.assumptions),
        "invocations": loop.runs,
        "intended": loop.intended,
    }
