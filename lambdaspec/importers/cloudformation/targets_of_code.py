"""What a handler names, by a variable, a text or a part of the event, in the template's terms."""

from __future__ import annotations

from lambdaspec.architecture.document import Node
from lambdaspec.architecture.elements import (
    Bucket,
    Bus,
    Channel,
    Function,
    Queue,
    QueueMapping,
    Stream,
    StreamMapping,
    Table,
    Topic,
    target_of,
)
from lambdaspec.architecture.services import Workflow
from lambdaspec.handlers.values import (
    Env,
    Path,
    Str,
    Value,
)
from lambdaspec.importers.cloudformation import buses
from lambdaspec.importers.cloudformation.template import Resource, Template
from lambdaspec.importers.cloudformation.values import Parts, Unknown
from lambdaspec.importers.cloudformation.values import literal as known_text

KINDS: dict[str, type[Function | Channel]] = {
    "sqs": Queue,
    "sns": Topic,
    "s3": Bucket,
    "dynamodb": Table,
    "kinesis": Stream,
    "events": Bus,
    "lambda": Function,
    "states": Workflow,
}
"""What the targets of each service's operations are."""

_OWN_SOURCE = {
    "sqs": ("eventsourcearn", "eventsource"),
    "dynamodb": ("eventsourcearn",),
    "kinesis": ("eventsourcearn",),
    "sns": ("topicarn",),
    "s3": ("bucket",),
    "events": ("eventbusname",),
}
"""The last part of the event, or one before it, that names where the event came from."""


def resolved(
    template: Template, resource: Resource, service: str, value: Value
) -> list[str] | None:
    """The elements that a value names; an empty list: something else; None: it is not known."""
    kind = KINDS.get(service)
    if kind is None:
        return []
    if isinstance(value, Path):
        return _own(template, resource.name, service, value)
    if not isinstance(value, Str):
        return None
    if value.parts and isinstance(value.parts[-1], Path) and service in ("sqs", "s3", "sns"):
        return _own(template, resource.name, service, value.parts[-1])
    nodes = _nodes(template, resource, value)
    if nodes is None:
        return None
    found: list[str] = []
    for parts, node in nodes:
        names = template.targets(node) if node is not None else template.named(parts)
        names = [n for n in names if isinstance(_element(template, n), kind)]
        if not names and service == "events":
            names = [buses.bus_named(template, parts)] if known_text(parts) is not None else []
            names = [n for n in names if n in template.channels]
        if not names and not template.settled(parts):
            return None
        found += names
    return list(dict.fromkeys(found))


def _element(template: Template, name: str) -> Function | Channel | None:
    return template.functions.get(name) or template.channels.get(name)


def _nodes(
    template: Template, resource: Resource, value: Str
) -> list[tuple[Parts, Node | None]] | None:
    """What a text of the code is in the template's terms; None where that is not known."""
    variables = template.environment(resource)
    if len(value.parts) == 1 and isinstance(value.parts[0], Env):
        name = value.parts[0].name
        if name == "AWS_LAMBDA_FUNCTION_NAME":
            return [((), _self(resource))]
        node = variables.get(name)
        if node is None:
            default = value.parts[0].default
            return None if default is None else [((default,), None)]
        return [(template.value(node), node)]
    parts: list[object] = []
    for part in value.parts:
        match part:
            case str():
                parts.append(part)
            case Env(name=name) if name in variables:
                parts += template.value(variables[name])
            case Env(name="AWS_REGION" | "AWS_ACCOUNT_ID" | "REGION" | "ACCOUNT_ID"):
                parts.append(Unknown("an environment variable"))
            case _:
                parts.append(Unknown("a part of a name"))
    return [(tuple(parts), None)]  # type: ignore[arg-type]


def _self(resource: Resource) -> Node:
    from lambdaspec.architecture.document import Scalar

    return Scalar(resource.span, resource.name, "!Ref")


def _own(template: Template, function: str, service: str, path: Path) -> list[str] | None:
    """What the event came from, where the code takes its target from the event."""
    steps = [step.replace("_", "").lower() for step in path.steps]
    marks = _OWN_SOURCE.get(service, ())
    if not any(mark in steps for mark in marks):
        return None
    kind = KINDS[service]
    found = [n for n in _upstream(template, function) if isinstance(_element(template, n), kind)]
    return found or None


def _upstream(template: Template, function: str) -> list[str]:
    """What can have caused an event of a function, through queues, topics and buses."""
    found = {function: None}
    for name in found.copy():
        found[name] = None
    todo = [function]
    while todo:
        name = todo.pop()
        for trigger in template.triggers:
            source = trigger.source
            if target_of(trigger) == name and source not in found:
                found[source] = None
                if not isinstance(trigger, QueueMapping | StreamMapping) or isinstance(
                    _element(template, source), Queue
                ):
                    todo.append(source)
    return [name for name in found if name != function]
