"""The services of the native form: schedules, IoT topics, log groups, routes, state machines."""

from __future__ import annotations

from collections.abc import Callable

from lambdaspec.architecture.document import Mapping, Scalar
from lambdaspec.architecture.elements import Channel
from lambdaspec.architecture.reading import TIMES, Reader
from lambdaspec.architecture.services import (
    IotTopic,
    LogGroup,
    Route,
    RouteKind,
    Schedule,
    Task,
    Workflow,
)
from lambdaspec.semantics import limits

_TASK = ("to", "retries", "times", "next", "parallel", "catch", "when", "set")


def _schedule(reader: Reader, name: str, node: Mapping, key: Scalar) -> Channel:
    reader.unknown(node, f"schedule `{name}`", [])
    return Schedule(name, key.span)


def _iot_topic(reader: Reader, name: str, node: Mapping, key: Scalar) -> Channel:
    reader.unknown(node, f"IoT topic `{name}`", [])
    return IotTopic(name, key.span)


def _log_group(reader: Reader, name: str, node: Mapping, key: Scalar) -> Channel:
    reader.unknown(node, f"log group `{name}`", ["of", "account_level"])
    account = reader.boolean(node.get("account_level"), "`account_level`", default=False)
    return LogGroup(name, reader.texts(node.get("of"), "`of`"), account, key.span)


def _route(reader: Reader, name: str, node: Mapping, key: Scalar) -> Channel:
    reader.unknown(node, f"route `{name}`", ["kind"])
    kind = reader.choice(node.get("kind"), "`kind`", RouteKind, RouteKind.API)
    return Route(name, kind, key.span)


def _workflow(reader: Reader, name: str, node: Mapping, key: Scalar) -> Channel:
    reader.unknown(node, f"state machine `{name}`", ["express", "states"])
    states = reader.mapping(node.get("states"), "`states`")
    if not states.entries:
        reader.say("LS013", key.span, f"state machine `{name}` needs `states`")
    tasks = {
        str(at.value): _task(reader, str(at.value), reader.mapping(one, f"state `{at.value}`"), at)
        for at, one in states.entries.values()
    }
    for task in tasks.values():
        for other in (*task.next, *task.parallel, *([task.catch] if task.catch else [])):
            if other not in tasks:
                at = task.span or key.span
                reader.say("LS003", at, f"`{name}` has no state `{other}`")
    express = reader.boolean(node.get("express"), "`express`", default=False)
    return Workflow(name, tasks or {"start": Task("start")}, express, key.span)


def _task(reader: Reader, name: str, node: Mapping, at: Scalar) -> Task:
    reader.unknown(node, f"state `{name}`", _TASK)
    retries = reader.integer(node.get("retries"), "`retries`", limits.TASK_RETRIES)
    times = reader.integer(node.get("times"), "`times`", TIMES)
    return Task(
        name,
        reader.text(node.get("to"), "`to`"),
        limits.TASK_RETRIES.value if retries is None else retries,
        1 if times is None else times,
        reader.texts(node.get("next"), "`next`"),
        reader.texts(node.get("parallel"), "`parallel`"),
        reader.text(node.get("catch"), "`catch`"),
        reader.guard(node.get("when"), "`when`"),
        reader.updates(node.get("set")),
        at.span,
    )


SERVICES: dict[str, Callable[[Reader, str, Mapping, Scalar], Channel]] = {
    "schedules": _schedule,
    "iot_topics": _iot_topic,
    "log_groups": _log_group,
    "routes": _route,
    "state_machines": _workflow,
}
"""The section of the native form for each of these services, and how an entry of it is read."""
