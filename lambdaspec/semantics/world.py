"""The static side of the machine: settings, and what is in flight after something is written."""

from __future__ import annotations

from attrs import define

from lambdaspec.architecture.elements import (
    Bucket,
    Bus,
    External,
    Function,
    Queue,
    Stream,
    Table,
    Topic,
)
from lambdaspec.architecture.services import IotTopic, LogGroup, Route, Schedule, Workflow
from lambdaspec.semantics.settings import Settings
from lambdaspec.semantics.state import (
    AsyncEvent,
    Counts,
    Entity,
    Execution,
    Message,
    Notice,
    Record,
    Request,
)


@define(slots=False)
class World(Settings):
    """An architecture under limits and readings, as the machine sees it."""

    def send(
        self,
        target: str,
        payload: Counts,
        lineage: Counts,
        key: str = "{}",
        event: str = "",
        *,
        origin: str = "",
        relayed: bool = False,
    ) -> tuple[Entity, ...]:
        """What is in flight after something was written to `target`, or `target` was invoked.

        Whatever is not a function, queue, topic or bucket loses the lineage (REC-SVC).
        """
        element = self.architecture.element(target)
        match element:
            case Function():
                return (AsyncEvent(target, payload, lineage),)
            case Queue():
                return (Message(target, payload, lineage),)
            case Topic():
                return (Notice(target, payload, lineage),)
            case Bucket():
                return (Notice(target, payload, lineage, key, event),)
            case Bus() if origin:
                return (Notice(target, payload, (), key, event, origin),)
            case Bus():
                return (Notice(target, payload, relayed=relayed),)
            case External() | Schedule() | IotTopic() | LogGroup():
                return (Notice(target, payload),)
            case Route():
                return (Request(target, payload),)
            case Workflow():
                return (Execution(target, element.start, payload),)
            case Table() | Stream():
                return tuple(Record(name, payload) for name, _ in self.readers(target))
