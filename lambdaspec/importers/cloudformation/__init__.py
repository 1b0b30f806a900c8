"""CloudFormation and SAM templates, CDK's output included.

One module per kind of resource; each has a function that takes the template being read and adds
what it finds. SAM is read directly, not through its transform: docs/adr/0004 says why.
"""

from __future__ import annotations

from collections.abc import Mapping as Map

from attrs import evolve

from lambdaspec.architecture.conditions import frank, lowered
from lambdaspec.architecture.document import Document, Mapping
from lambdaspec.architecture.elements import Architecture, Entry
from lambdaspec.architecture.entries import default_entries
from lambdaspec.architecture.logs import with_logs
from lambdaspec.errors import InputError
from lambdaspec.importers.cloudformation import (
    brokers,
    buckets,
    buses,
    code,
    functions,
    mappings,
    metadata,
    open_triggers,
    queues,
    serverless,
    services,
    stacks,
    streams,
    topics,
    unmodelled,
    workflows,
    writes,
)
from lambdaspec.importers.cloudformation.conditions_of_code import counted_down, trusted
from lambdaspec.importers.cloudformation.template import Template


def is_template(document: Document) -> bool:
    """Whether a document is a CloudFormation or SAM template."""
    root = document.root
    return isinstance(root, Mapping) and isinstance(root.get("Resources"), Mapping)


def read_stacks(documents: list[Document], parameters: Map[str, str] | None = None) -> Architecture:
    """The architecture of templates that are deployed together, with the stacks nested in them.

    Raises:
        InputError: one of the templates is wrong; every finding is in the exception.

    """
    if len(documents) == 1 and not stacks.is_several(documents[0]):
        return read_template(documents[0], parameters)
    return read_template(stacks.assembled(documents), parameters)


def read_template(
    document: Document, parameters: Map[str, str] | None = None, *, translated: bool = False
) -> Architecture:
    """The architecture of a template.

    Args:
        document: the template.
        parameters: values of its parameters that are not their defaults.
        translated: whether it was made from another format, which knows its own references.

    Raises:
        InputError: the template is wrong; every finding is in the exception.

    """
    code.forget()
    template = Template(document, overrides=dict(parameters or {}), translated=translated)
    for declare in (
        queues,
        topics,
        buckets,
        streams,
        brokers,
        buses,
        workflows,
        functions,
        services,
    ):
        declare.declare(template)
    for connect in (queues, topics, buckets, buses, functions, mappings, serverless):
        connect.connect(template)
    services.connect(template)
    workflows.connect(template)
    open_triggers.connect(template)
    unmodelled.remark(template)
    writes.infer(template)
    metadata.apply(template)
    if not translated:
        template.check_references()
    if template.reader.findings:
        raise InputError(sorted(template.reader.findings, key=lambda one: (one.span, one.code)))
    for name, emissions in template.emissions.items():
        template.functions[name] = evolve(template.functions[name], emits=tuple(emissions))
    return _with_entries(template)


def _with_entries(template: Template) -> Architecture:
    """Declared entries alone if there are any, else the default ones and those of events."""
    made = trusted(with_logs(template.architecture()))
    declared = metadata.entries(template)
    if declared:
        return _finished(evolve(made, entries=tuple(declared)))
    made = default_entries(made)
    known = {entry.to for entry in made.entries}
    more = [Entry(name, span=s) for name, s in template.entries.items() if name not in known]
    return _finished(evolve(made, entries=(*made.entries, *more)))


def _finished(architecture: Architecture) -> Architecture:
    """The architecture with what handlers say of payloads told in integers."""
    return lowered(frank(counted_down(architecture)))
