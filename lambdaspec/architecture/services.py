"""Services that take events in and cause others: schedules, IoT, logs, HTTP routes, state machines."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from attrs import frozen

from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.diagnostics import Span, span_field


@frozen
class Schedule:
    """Schedules of EventBridge Scheduler that are created for one purpose; each fires later."""

    name: str
    span: Span | None = span_field()


@frozen
class IotTopic:
    """MQTT topics that the same IoT rules listen to."""

    name: str
    span: Span | None = span_field()


@frozen
class LogGroup:
    """Log groups with the same subscription.

    Attributes:
        of: the functions that log there.
        account_level: whether it is an account-level policy, which leaves out what its own
            destination logs (CWL-LOOP).

    """

    name: str
    of: tuple[str, ...] = ()
    account_level: bool = False
    span: Span | None = span_field()


class RouteKind(Enum):
    """A service that invokes a function synchronously for its clients."""

    API = "api"
    ALB = "alb"
    URL = "url"
    COGNITO = "cognito"
    FIREHOSE = "firehose"


@frozen
class Route:
    """A way into a function from outside Lambda: an HTTP route, a Cognito trigger."""

    name: str
    kind: RouteKind = RouteKind.API
    span: Span | None = span_field()


@frozen
class Task:
    """One state of a state machine: what it runs or writes to, and where it goes on.

    Attributes:
        to: a function, which is waited for, or a channel, or another state machine; None for a
            state that does nothing by itself.
        retries: how often it is tried again, all its retriers together (SFN-RETRY).
        times: how many items a Map runs it for.
        next: the states that may follow, one of them; none: the execution ends.
        parallel: the states that begin beside it, as branches.
        catch: the state that follows when the task has failed.
        when: the condition for being entered, of a Choice before it.
        updates: what it does to the integers of the payload.

    """

    name: str
    to: str | None = None
    retries: int = 0
    times: int = 1
    next: tuple[str, ...] = ()
    parallel: tuple[str, ...] = ()
    catch: str | None = None
    when: tuple[Guard, ...] = ()
    updates: tuple[Update, ...] = ()
    span: Span | None = span_field()


@frozen
class Workflow:
    """A state machine of Step Functions; `tasks` maps names to states, the first one begins."""

    name: str
    tasks: Mapping[str, Task]
    express: bool = False
    span: Span | None = span_field()

    @property
    def start(self) -> str:
        """The state in which an execution begins."""
        return next(iter(self.tasks))
