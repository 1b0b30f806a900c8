"""Filters of templates: event patterns, filter criteria, filter policies.

A value that only the deployment decides may be anything: the condition it stands in is left out,
so that more passes, never less. A filter that AWS would refuse lets everything pass, with a remark.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from lambdaspec.architecture.conditions import read_pattern
from lambdaspec.architecture.document import Mapping, Node, Scalar, Sequence
from lambdaspec.architecture.elements import NO_FILTER, Filter
from lambdaspec.architecture.patterns import Dialect, problems
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.importers.cloudformation.values import intrinsic, literal

ANYTHING = "\0anything"
"""Stands for a value that is not known."""


def pattern_of(template: Template, node: Node | None, dialect: Dialect, inside: str = "") -> Filter:
    """The filter that a pattern is."""
    if node is None:
        return NO_FILTER
    body = template.structure(node, "a pattern")
    data = value(template, body)
    if not body.entries:
        return Filter(opaque=True)
    wrong = list(problems(data, dialect))
    if wrong:
        template.remark(node.span, f"a filter that AWS refuses lets everything pass: {wrong[0]}")
        return Filter(opaque=True)
    made = read_pattern(data, dialect, inside)
    known = tuple(leaf for leaf in made.leaves if ANYTHING not in _flat(leaf.matches))
    return evolve(made, leaves=known)


def _flat(data: Any) -> list[Any]:
    if isinstance(data, dict):
        return [x for inner in data.values() for x in _flat(inner)]
    if isinstance(data, list | tuple):
        return [x for inner in data for x in _flat(inner)]
    return [ANYTHING] if isinstance(data, str) and ANYTHING in data else [data]


def value(template: Template, node: Node) -> Any:
    """A node as plain Python values, with what is known of its intrinsic functions."""
    if intrinsic(node) is not None:
        text = literal(template.value(node))
        return ANYTHING if text is None else text
    if isinstance(node, Mapping):
        return {str(key.value): value(template, one) for key, one in node.entries.values()}
    if isinstance(node, Sequence):
        return [value(template, one) for one in node.items]
    return node.value if isinstance(node, Scalar) else ANYTHING


def criteria(template: Template, node: Node | None) -> Filter:
    """`FilterCriteria` of a mapping: one pattern is evaluated, of several any may pass."""
    if node is None:
        return NO_FILTER
    filters = template.items(template.structure(node, "`FilterCriteria`").get("Filters"))
    patterns = [template.structure(one, "a filter").get("Pattern") for one in filters]
    if len(patterns) != 1:
        if patterns:
            template.remark(node.span, "of several filters any may pass: everything is taken to")
        return Filter(opaque=True)
    return pattern_of(template, patterns[0], Dialect.EVENTBRIDGE)


def policy(template: Template, properties: Mapping) -> Filter:
    """`FilterPolicy` of a subscription, on the attributes or the body (SNS-FILTER)."""
    scope = literal(template.value(properties.get("FilterPolicyScope")))
    inside = "" if scope == "MessageBody" else "attributes"
    return pattern_of(template, properties.get("FilterPolicy"), Dialect.SNS, inside)
