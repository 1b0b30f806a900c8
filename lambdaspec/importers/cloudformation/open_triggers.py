"""Permissions to invoke a function whose source is not to be seen: triggers that are set up elsewhere.

A bucket's notification is often put up by a script or a custom resource, since a template that has
both bucket and function would depend on itself. What is left of it here is the permission.
"""

from __future__ import annotations

from lambdaspec.architecture.elements import (
    Bucket,
    Notification,
    Rule,
    Subscription,
    Topic,
    target_of,
)
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation.template import Template
from lambdaspec.importers.cloudformation.values import literal


def connect(template: Template) -> None:
    """Add a trigger or an entry for each permission that nothing in the template uses."""
    for resource in template.of_kind("AWS::Lambda::Permission"):
        principal = literal(template.value(resource.properties.get("Principal"))) or ""
        if not principal.endswith(".amazonaws.com"):
            continue  # somebody, not something: an event from outside, as any function may get
        sources = template.targets(resource.properties.get("SourceArn"))
        for function in template.targets(resource.properties.get("FunctionName")):
            if function in template.functions and not sources:
                template.entries.setdefault(function, resource.span)
            for source in sources:
                _open(template, source, function, principal, resource.span)
    for connector in template.connectors():
        if "Write" in connector.permissions:
            for function in connector.targets:
                _open(template, connector.source, function, "", connector.span)


def _open(template: Template, source: str, function: str, principal: str, span: Span) -> None:
    if function not in template.functions or _is_used(template, source, function):
        return
    element = template.channels.get(source)
    if isinstance(element, Bucket) and (not principal or principal.startswith("s3.")):
        template.triggers.append(Notification(source, function, ("*",), span=span))
    elif isinstance(element, Topic) and (not principal or principal.startswith("sns.")):
        template.triggers.append(Subscription(source, function, span=span))
    else:
        return
    message = (
        f"{source} may invoke {function}, but what makes it is not in here: all that arrives in "
        f"{source} is taken to"
    )
    template.remark(span, message)


def _is_used(template: Template, source: str, function: str) -> bool:
    """Whether something here leads from a source to a function, directly or through a bus."""
    direct = any(t.source == source and target_of(t) == function for t in template.triggers)
    through = any(isinstance(t, Rule) and t.bucket == source for t in template.triggers)
    return direct or through
