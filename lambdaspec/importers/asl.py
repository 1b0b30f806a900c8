"""Amazon States Language: a definition as the tasks of a state machine.

Which of a Choice's branches is taken is not looked at: any may be. A Map counts as one item.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from attrs import define, evolve, field, frozen

from lambdaspec.architecture.document import Mapping, Node, Scalar, Sequence
from lambdaspec.architecture.services import Task
from lambdaspec.diagnostics import Span
from lambdaspec.semantics.limits import RETRIER_ATTEMPTS

Resolve = Callable[[Node], str | None]
"""The function or channel that a value in a definition names."""

_TARGETS = ("FunctionName", "QueueUrl", "TopicArn", "StateMachineArn", "TableName", "StreamName")
"""Parameters of service integrations that name what a task writes to (SFN-SEM)."""

_WRITES = (
    "lambda:invoke",
    "sqs:sendmessage",
    "sns:publish",
    "states:startexecution",
    "sfn:startexecution",
    "dynamodb:putitem",
    "dynamodb:updateitem",
    "dynamodb:deleteitem",
    "events:putevents",
    "eventbridge:putevents",
    "kinesis:putrecord",
)


@frozen
class Machine:
    """The tasks of a state machine, the first one begins."""

    tasks: dict[str, Task]


@define
class _Reader:
    resolve: Resolve
    text: Callable[[Node], str | None]
    tasks: dict[str, Task] = field(factory=dict)


def read_machine(
    definition: Mapping, resolve: Resolve, text: Callable[[Node], str | None], span: Span
) -> Machine:
    """A definition as tasks; states that are no states are left out.

    Args:
        definition: the definition.
        resolve: the function or channel that a value names.
        text: a value as text, with what stands in for references put back.
        span: where the state machine stands.

    """
    reader = _Reader(resolve, text)
    _states(reader, definition, "", span)
    known = reader.tasks
    for name, task in known.items():
        known[name] = evolve(
            task,
            next=tuple(n for n in task.next if n in known),
            parallel=tuple(n for n in task.parallel if n in known),
            catch=task.catch if task.catch in known else None,
        )
    return Machine(known)


_NUMBER = re.compile(r"(:\s*)(\$\{\w+\})(?=\s*[,}\]\r\n])")


def with_numbers(text: str) -> str:
    """A definition whose substitutions for numbers are texts, as JSON asks."""
    return _NUMBER.sub(r'\1"\2"', text)


def is_definition(node: Node) -> bool:
    """Whether a document is a definition by itself."""
    if not isinstance(node, Mapping):
        return False
    return isinstance(node.get("States"), Mapping) and isinstance(node.get("StartAt"), Scalar)


def _text(node: Node | None) -> str | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _states(reader: _Reader, body: Mapping, before: str, span: Span) -> str | None:
    """Add the states of a (part of a) definition; the name of the first one."""
    states, start = body.get("States"), _text(body.get("StartAt"))
    if not isinstance(states, Mapping) or start is None or before.count("/") > 20:
        return None
    order = sorted(states.entries, key=lambda name: name != start)
    for name in order:
        key, node = states.entries[name]
        if isinstance(node, Mapping):
            reader.tasks[before + name] = Task(before + name)  # its place in the order
            place = key.span if key.span.line > 1 else span
            reader.tasks[before + name] = _state(reader, node, before, name, place)
    return before + start if start in states.entries else None


def _state(reader: _Reader, node: Mapping, before: str, name: str, span: Span) -> Task:
    kind = _text(node.get("Type"))
    following = [before + n for n in (_text(node.get("Next")),) if n is not None]
    match kind:
        case "Choice":
            following += [before + n for n in _choices(node)]
            return Task(before + name, next=tuple(dict.fromkeys(following)), span=span)
        case "Parallel":
            branches = node.get("Branches")
            items = branches.items if isinstance(branches, Sequence) else ()
            starts = [
                _states(reader, item, f"{before}{name}[{place}]/", span)
                for place, item in enumerate(items)
                if isinstance(item, Mapping)
            ]
            return _with_failures(reader, node, before, name, following, span, starts)
        case "Map":
            inner = node.get("ItemProcessor") or node.get("Iterator")
            start = (
                _states(reader, inner, f"{before}{name}/", span)
                if isinstance(inner, Mapping)
                else None
            )
            return _with_failures(reader, node, before, name, following, span, [start])
        case _:
            return _with_failures(reader, node, before, name, following, span, [])


def _choices(node: Mapping) -> Iterator[str]:
    listed = node.get("Choices")
    for choice in listed.items if isinstance(listed, Sequence) else ():
        found = _text(choice.get("Next")) if isinstance(choice, Mapping) else None
        if found is not None:
            yield found
    default = _text(node.get("Default"))
    if default is not None:
        yield default


def _with_failures(
    reader: _Reader,
    node: Mapping,
    before: str,
    name: str,
    following: list[str],
    span: Span,
    starts: list[str | None],
) -> Task:
    caught = [before + n for n in _caught(node)]
    return Task(
        before + name,
        to=_target(reader, node) if _text(node.get("Type")) == "Task" else None,
        retries=sum(_attempts(node)),
        next=tuple(dict.fromkeys([*following, *caught[1:]])),
        parallel=tuple(start for start in starts if start is not None),
        catch=caught[0] if caught else None,
        span=span,
    )


def _caught(node: Mapping) -> Iterator[str]:
    listed = node.get("Catch")
    for one in listed.items if isinstance(listed, Sequence) else ():
        found = _text(one.get("Next")) if isinstance(one, Mapping) else None
        if found is not None:
            yield found


def _attempts(node: Mapping) -> Iterator[int]:
    listed = node.get("Retry")
    for one in listed.items if isinstance(listed, Sequence) else ():
        most = one.get("MaxAttempts") if isinstance(one, Mapping) else None
        known = isinstance(most, Scalar) and isinstance(most.value, int) and most.value >= 0
        yield int(most.value) if known else RETRIER_ATTEMPTS.value  # type: ignore[union-attr,arg-type]


def _target(reader: _Reader, node: Mapping) -> str | None:
    """What a task runs or writes to: its resource, or a parameter of a service integration."""
    resource = node.get("Resource")
    if resource is None:
        return None
    text = (reader.text(resource) or "").lower()
    if ":states:::" not in text:
        return reader.resolve(resource)
    if not any(text.split(":states:::")[1].removeprefix("aws-sdk:").startswith(w) for w in _WRITES):
        return None
    given = node.get("Parameters") or node.get("Arguments")
    for name in _TARGETS:
        found = given.get(name) if isinstance(given, Mapping) else None
        if found is not None:
            return reader.resolve(found)
    return None
