"""A rule for cfn-lint: `cfn-lint template.yaml --append-rules lambdaspec.integrations.cfn_lint`.

The same findings as `lambdaspec check`, at the same places. cfn-lint is not a dependency: it is what
loads this module.
"""

from __future__ import annotations

from typing import Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from lambdaspec.diagnostics import Finding, Level

_KINDS = {Level.ERROR: "E9901", Level.WARNING: "W9901", Level.NOTE: "I9901"}


class _Findings(CloudFormationLintRule):  # type: ignore[misc]
    """The findings of one level; each template is checked once for each."""

    source_url = "https://github.com/lambdaspec/lambdaspec"
    tags = ("lambda", "recursion")
    level = Level.ERROR

    def match(self, cfn: Any) -> list[Any]:
        """What is found in the template."""
        return [_match(one) for one in _findings(cfn.filename) if one.level is self.level]


def _findings(path: str) -> tuple[Finding, ...]:
    from lambdaspec.checking import check
    from lambdaspec.errors import InputError
    from lambdaspec.loading import load

    try:
        return check(load(path).architecture).findings
    except InputError as error:
        return tuple(error.findings)


def _match(one: Finding) -> Any:
    text = f"{one.code} {one.message}"
    made = RuleMatch(["Resources"], text)
    if one.span is not None:
        span = one.span
        end = max(span.end_column, span.column + 1)
        place = (span.line - 1, span.column - 1, span.end_line - 1, end - 1)  # it counts from 0
        made = RuleMatch(["Resources"], text, location=place)
    return made


class RunawayLoops(_Findings):
    """Errors: loops without end, and those that only Lambda's cutoff stops."""

    id = _KINDS[Level.ERROR]
    shortdesc = "One event can invoke functions without end"
    description = "A loop of invocations has no end, or only Lambda's recursion cutoff stops it"
    level = Level.ERROR


class DoubtfulLoops(_Findings):
    """Warnings."""

    id = _KINDS[Level.WARNING]
    shortdesc = "A loop of invocations ends late"
    description = "A loop ends only by age, or an event can be lost"
    level = Level.WARNING


class PossibleLoops(_Findings):
    """Notes."""

    id = _KINDS[Level.NOTE]
    shortdesc = "A loop of invocations is possible, or guarded"
    description = "Permissions allow a loop, a guard bounds one, or something was not known"
    level = Level.NOTE
