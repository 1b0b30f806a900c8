"""AWS::Lambda::Function, AWS::Serverless::Function and AWS::Lambda::EventInvokeConfig."""

from __future__ import annotations

import re

from attrs import evolve

from lambdaspec.architecture.document import Mapping, Node
from lambdaspec.architecture.elements import (
    AsyncConfig,
    Bucket,
    Bus,
    Function,
    Queue,
    RecursiveLoop,
    Sdk,
    Topic,
)
from lambdaspec.importers.cloudformation.template import Resource, Template, is_no_value
from lambdaspec.importers.cloudformation.values import alternatives, literal
from lambdaspec.semantics import limits

KINDS = ("AWS::Lambda::Function", "AWS::Serverless::Function")

_MANAGED = {"python": (3, 8), "nodejs": (18,), "ruby": (3, 2)}
"""Runtimes that come with an SDK, and the first version whose SDK passes the lineage (SDK-MIN)."""

_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
_BUNDLING = ("java", "dotnet", "go", "provided")
"""Runtimes whose functions bring their own SDK."""


def sdk(runtime: str | None) -> Sdk:
    """What a runtime says about the SDK: supported, bundled, or nothing (which is unsupported)."""
    if runtime is None or runtime.startswith(_BUNDLING):
        return Sdk.BUNDLED
    match = re.fullmatch(r"([a-z]+)(\d+)(?:\.(\d+))?(?:\.x)?", runtime)
    if match is None or match[1] not in _MANAGED:
        return Sdk.UNKNOWN
    version = tuple(int(part) for part in match.groups()[1:] if part is not None)
    return Sdk.SUPPORTED if version >= _MANAGED[match[1]] else Sdk.UNKNOWN


def set_sdk(template: Template, resource: Resource, brought: bool | None) -> None:
    """Let what the package and its surroundings say of the SDK count more than the runtime does.

    A wrapper may set the header before the SDK does and drop the lineage (BREAK-OTEL), and managed
    instances do not tell most SDKs of it (BREAK-LMI).
    """
    function = template.functions[resource.name]
    runtime = literal(template.value(template.settings(resource, "Runtime"))) or ""
    made = function.sdk
    if brought is not None:
        made = Sdk.SUPPORTED if brought else Sdk.UNSUPPORTED
    wrapper = literal(template.value(template.environment(resource).get(_WRAPPER))) or ""
    if "otel" in wrapper and runtime.startswith("nodejs"):
        made = Sdk.UNSUPPORTED
    managed = template.settings(resource, "CapacityProviderConfig") is not None
    if managed and not runtime.startswith("nodejs"):
        made = Sdk.UNSUPPORTED
    template.functions[resource.name] = evolve(function, sdk=made)


def declare(template: Template) -> None:
    """Add the functions, without what they write."""
    for resource in template.of_kind(*KINDS):
        mode = literal(template.value(template.settings(resource, "RecursiveLoop")))
        template.functions[resource.name] = Function(
            resource.name,
            timeout=template.number(
                template.settings(resource, "Timeout"), "`Timeout`", limits.FUNCTION_TIMEOUT
            ),
            sdk=sdk(literal(template.value(template.settings(resource, "Runtime")))),
            recursive_loop=RecursiveLoop.ALLOW if mode == "Allow" else RecursiveLoop.TERMINATE,
            reserved_concurrency=template.number(
                template.settings(resource, "ReservedConcurrentExecutions"),
                "`ReservedConcurrentExecutions`",
                limits.RESERVED_CONCURRENCY,
            ),
            span=resource.span,
        )


def connect(template: Template) -> None:
    """Add dead-letter targets, destinations and retries."""
    for resource in template.of_kind(*KINDS):
        config = _dead_letter(template, resource)
        node = template.settings(resource, "EventInvokeConfig")
        if resource.kind == "AWS::Serverless::Function" and node is not None:
            body = template.structure(node, "`EventInvokeConfig`")
            config = _invoke_config(template, resource.name, body, config)
        _set(template, resource.name, config)
    for resource in template.of_kind("AWS::Lambda::EventInvokeConfig"):
        for name in template.targets(resource.properties.get("FunctionName")):
            if name in template.functions:
                config = template.functions[name].asynchronous
                _set(template, name, _invoke_config(template, name, resource.properties, config))


def _set(template: Template, name: str, config: AsyncConfig) -> None:
    template.functions[name] = evolve(template.functions[name], asynchronous=config)


def _dead_letter(template: Template, resource: Resource) -> AsyncConfig:
    node = template.settings(resource, "DeadLetterConfig")
    if node is None:
        node = template.settings(resource, "DeadLetterQueue")
    if node is None:
        return AsyncConfig()
    target = template.target(template.structure(node, "the dead-letter target").get("TargetArn"))
    element = template.channels.get(target or "")
    if not isinstance(element, Queue | Topic):
        template.remark(node.span, f"the dead-letter target of {resource.name} is not in here")
        return AsyncConfig()
    return AsyncConfig(dead_letter=target, span=node.span)


def _invoke_config(
    template: Template, name: str, body: Mapping, config: AsyncConfig
) -> AsyncConfig:
    destinations = template.structure(body.get("DestinationConfig"), "`DestinationConfig`")
    return evolve(
        config,
        max_retry_attempts=template.number(
            body.get("MaximumRetryAttempts"), "`MaximumRetryAttempts`", limits.ASYNC_RETRIES
        ),
        max_event_age=template.number(
            body.get("MaximumEventAgeInSeconds"), "`MaximumEventAgeInSeconds`", limits.ASYNC_AGE
        ),
        on_success=_destination(template, name, destinations, "OnSuccess"),
        on_failure=_destination(template, name, destinations, "OnFailure"),
        span=config.span or body.span,
    )


def _destination(template: Template, name: str, of: Mapping, when: str) -> str | None:
    node = of.get(when)
    if node is None:
        return None
    body = template.structure(node, "a destination")
    target = template.target(body.get("Destination"))
    element = template.functions.get(target or "") or template.channels.get(target or "")
    if isinstance(element, Function | Queue | Topic | Bus | Bucket):
        return target
    kind = literal(template.value(body.get("Type")))
    where = body.get("Destination")
    if kind in ("SQS", "SNS") and (where is None or any(map(is_no_value, alternatives(where)))):
        return _generated(template, name, node, kind, when)  # SAM-AUTODEST
    template.remark(node.span, f"a destination of {name} is not in here")
    return None


def _generated(template: Template, name: str, node: Node, kind: str, when: str) -> str:
    """SAM creates a queue or topic for a destination that names none; nothing listens to it."""
    made = f"{name}EventInvokeConfig{when}{'Queue' if kind == 'SQS' else 'Topic'}"
    channel = Queue(made, span=node.span) if kind == "SQS" else Topic(made, span=node.span)
    template.channels[made] = channel
    return made
