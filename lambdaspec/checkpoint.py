"""A search that stops at a limit can be gone on with: what was visited, in a file.

The file is compressed text: what is in flight as JSON, states as hexadecimal numbers. Reading it
runs nothing. It says what it is about, and is refused for anything else.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from enum import Enum
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen

from lambdaspec.errors import LambdaspecError
from lambdaspec.kernel.search import Search
from lambdaspec.semantics import state as parts
from lambdaspec.semantics.packed import Packed
from lambdaspec.semantics.state import Entity

FORM = "lambdaspec/checkpoint/1"


class Unusable(LambdaspecError):
    """A checkpoint is damaged or about something else."""


@frozen
class Checkpoint:
    """Where a search is kept; `about` is what it must be about."""

    path: Path
    about: str

    def digest(self, name: str) -> str:
        """What tells this search apart from others."""
        return hashlib.sha256(f"{self.about}\n{name}".encode()).hexdigest()

    def keep(self, search: Search, packed: Packed, name: str) -> None:
        """Write everything that is needed to go on."""
        with gzip.open(self.path, "wt", encoding="ascii") as file:
            head = {
                "form": FORM,
                "digest": self.digest(name),
                "depth": search.depth,
                "steps": search.steps,
                "things": [to_data(one) for one in packed.things],
                "states": len(search.parent),
                "met": search.met,
            }
            file.write(json.dumps(head) + "\n")
            for state, before in search.parent.items():
                file.write(f"{state:x} {before:x}\n")
            for state in search.frontier:
                file.write(f"{state:x}\n")

    def resume(self, search: Search, packed: Packed, name: str) -> None:
        """Go on where the file ends, if there is one.

        Raises:
            Unusable: the file is damaged, or about another search.

        """
        if not self.path.exists():
            return
        try:
            with gzip.open(self.path, "rt", encoding="ascii") as file:
                head = json.loads(file.readline())
                if head.get("form") != FORM or head.get("digest") != self.digest(name):
                    raise Unusable(f"{self.path} is about another search")
                for thing in head["things"]:
                    packed.number(from_data(thing))
                for _ in range(head["states"]):
                    state, before = file.readline().split()
                    search.parent[int(state, 16)] = int(before, 16)
                search.frontier = [int(line, 16) for line in file]
            search.depth, search.steps = head["depth"], head["steps"]
            search.met = dict(head["met"])
        except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unusable(f"{self.path} is damaged: {error}") from error


def to_data(value: Any) -> Any:
    """Something in flight as plain data."""
    if attrs.has(type(value)):
        fields = [f for f in attrs.fields(type(value)) if f.init]
        return {type(value).__name__: [to_data(getattr(value, f.name)) for f in fields]}
    if isinstance(value, Enum):
        return {type(value).__name__: [value.value]}
    if isinstance(value, tuple):
        return [to_data(one) for one in value]
    return value


_KINDS: dict[str, Any] = {
    one.__name__: one
    for one in (
        parts.Message,
        parts.FifoGroup,
        parts.AsyncEvent,
        parts.Notice,
        parts.Handover,
        parts.Record,
        parts.Batch,
        parts.Shard,
        parts.QueueBatch,
        parts.ShardBatch,
        parts.SyncCall,
        parts.Request,
        parts.Execution,
        parts.Invocation,
        parts.Phase,
    )
}


def from_data(data: Any) -> Entity:
    """What `to_data` was given.

    Raises:
        KeyError: it names something that cannot be in flight.

    """
    found: Entity = _value(data)
    return found


def _value(data: Any) -> Any:
    match data:
        case dict():
            ((name, values),) = data.items()
            return _KINDS[name](*(_value(one) for one in values))
        case list():
            return tuple(_value(one) for one in data)
        case _:
            return data
