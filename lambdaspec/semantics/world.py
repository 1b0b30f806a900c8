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
from lambdaspec.semantics.settings import Settings
from lambdaspec.semantics.state import AsyncEvent, Counts, Entity, Message, Notice, Record


@define(slots=False)
class World(Settings):
    """An architecture under limits and readings, as the machine sees it."""

    def send(
        self, target: str, payload: Counts, lineage: Counts, key: str = "{}", event: str = ""
    ) -> tuple[Entity, ...]:
        """What is in flight after something was written to `target`, or `target` was invoked.

        Table streams, data streams, buses and outside services lose the lineage (REC-SVC).
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
            case Bus() | External():
                return (Notice(target, payload),)
            case Table() | Stream():
                return tuple(Record(name, payload) for name, _ in self.readers(target))
