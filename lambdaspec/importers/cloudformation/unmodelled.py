"""Resources that move events in ways that are not known here: a remark for each."""

from __future__ import annotations

from lambdaspec.importers.cloudformation.stacks import NESTED
from lambdaspec.importers.cloudformation.template import Template


def remark(template: Template) -> None:
    """Say which resources were left out."""
    for resource in template.of_kind(*NESTED):
        message = f"what {resource.name} makes is not known: its template is not in here"
        template.remark(resource.span, message)
