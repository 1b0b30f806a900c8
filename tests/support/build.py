"""Short ways to build architectures and drive the machine in tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lambdaspec.architecture.elements import (
    Architecture,
    Channel,
    Emission,
    Entry,
    Function,
    Trigger,
)
from lambdaspec.semantics.assumptions import Readings
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.state import Action, Change, Emit, Entity, Invocation, Return
from lambdaspec.semantics.system import Machine, well_formed
from lambdaspec.semantics.world import World


def arch(
    functions: Sequence[Function],
    channels: Sequence[Channel] = (),
    triggers: Sequence[Trigger] = (),
    entry: str | None = None,
) -> Architecture:
    """An architecture; events arrive at `entry`, by default at the first channel or function."""

    names = [one.name for one in channels] + [one.name for one in functions]
    return Architecture(
        "test",
        {one.name: one for one in functions},
        {one.name: one for one in channels},
        tuple(triggers),
        (Entry(entry or names[0]),),
    )


def writer(name: str, *targets: str) -> Function:
    """A function that writes once to each target."""
    return Function(name, emits=tuple(Emission(target) for target in targets))


class Driver:
    """Drives a machine by hand and remembers what happened."""

    def __init__(
        self,
        architecture: Architecture,
        *,
        events: int = 1,
        scale: Scale | None = None,
        readings: Readings | None = None,
    ) -> None:
        world = World(architecture, scale or Scale(), readings or Readings())
        self.machine = Machine(world, events)
        self.state = next(iter(self.machine.initial_states()))
        self.changes: list[Change] = []

    @property
    def actions(self) -> list[Action]:
        return list(self.machine.actions(self.state))

    def do(self, action: Action) -> Change:
        change = self.machine.change(self.state, action)
        after = self.machine.step(self.state, action)
        assert change is not None, f"not enabled: {action}"
        assert after is not None
        assert well_formed(self.machine, after)
        self.state = after
        self.changes.append(change)
        return change

    def first(self, kind: type[Action], where: Callable[[Action], bool] = lambda _: True) -> Change:
        for action in self.actions:
            if isinstance(action, kind) and where(action):
                return self.do(action)
        raise AssertionError(f"no {kind.__name__} among {self.actions}")

    def finish(self) -> None:
        """Let every running function do all it does and return."""
        while self.running():
            self.first(Emit | Return)  # type: ignore[arg-type]

    def finish_one(self) -> None:
        """Let a running function make its next write or call, or return."""
        self.first(Emit | Return)  # type: ignore[arg-type]

    def running(self) -> list[Invocation]:
        return [e for e in self.state.entities if isinstance(e, Invocation)]

    def at(self, kind: type[Entity]) -> list[Entity]:
        return [e for e in self.state.entities if isinstance(e, kind)]

    @property
    def invoked(self) -> list[str]:
        return [change.invoked for change in self.changes if change.invoked is not None]
