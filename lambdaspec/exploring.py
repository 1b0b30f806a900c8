"""Explicit search over whole systems: so many events at each entry, so many duplicates, every order.

What `check` decides without bounds is looked at here within bounds, step by step on the machine; and
whatever else people ask in the three words. The bounds stand beside every answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve, field, frozen

from lambdaspec.checkpoint import Checkpoint
from lambdaspec.flow.build import build
from lambdaspec.kernel.properties import Property
from lambdaspec.kernel.search import Explored, Limits, Progress, Run, Search
from lambdaspec.properties.stock import Stock, Watch
from lambdaspec.semantics.narrate import Narrator
from lambdaspec.semantics.packed import Packed
from lambdaspec.semantics.settings import Settings
from lambdaspec.semantics.state import Action, State
from lambdaspec.semantics.system import Machine
from lambdaspec.semantics.world import World


@frozen
class Bounds:
    """What a search looks at, and when it gives up.

    Attributes:
        messages: how many events arrive at an entry before anything else happens.
        limits: states, memory and time.
        reduce: leave out orders of steps that make no difference to properties of steps; then a
            counterexample need not be the shortest one.

    """

    messages: int = 1
    limits: Limits = Limits()
    reduce: bool = False


@frozen
class Told:
    """The answer to one question at one entry.

    `lines` tell the run; from line `repeats` on it goes round.
    """

    name: str
    entry: str
    holds: bool | None
    explored: Explored
    bounds: str
    lines: tuple[str, ...] = ()
    repeats: int | None = None
    met: int = 0
    actions: tuple[Action, ...] = field(default=(), repr=False)


def explore(
    settings: Settings,
    questions: Sequence[Property | Stock],
    bounds: Bounds | None = None,
    tell: Callable[[Progress], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> list[Told]:
    """Answer questions about all runs within bounds, by visiting every state.

    Args:
        settings: the architecture, its limits and readings; duplicates and redrives among them.
        questions: stock properties, or properties made with `always`, `sometimes`, `eventually`.
        bounds: how many messages, and when to give up.
        tell: is told every second where the search stands.
        checkpoint: where to go on, and where to leave what was done when a limit is reached.

    Raises:
        ValueError: a stock property cannot be watched on the machine.

    """
    bounds = bounds or Bounds()
    found = []
    for entry in settings.architecture.entries:
        alone = evolve(settings.architecture, entries=(entry,))
        world = World(alone, settings.scale, settings.readings)
        for question in questions:
            found.append(_ask(Machine(world, bounds.messages), question, bounds, tell, checkpoint))
    return found


def _ask(
    machine: Machine,
    question: Property | Stock,
    bounds: Bounds,
    tell: Callable[[Progress], None] | None,
    checkpoint: Checkpoint | None,
) -> Told:
    watch = watched(question, machine)
    packed = Packed(machine, watch.keep)
    search = Search(packed, [watch.property], bounds.limits, bounds.reduce, tell)
    entry = machine.world.architecture.entries[0].to
    if checkpoint is not None:
        checkpoint.resume(search, packed, watch.property.name)
    explored = search.run()
    if checkpoint is not None and search.frontier:
        checkpoint.keep(search, packed, watch.property.name)
    answer = explored.answers[0]
    actions, lines = _narrated(machine, packed, answer.run)
    repeats = None
    if answer.run is not None and answer.run.repeats is not None:
        repeats = len(lines) - len(answer.run.steps) + answer.run.repeats
    name = watch.property.name
    stated = stated_bounds(machine, bounds)
    return Told(name, entry, answer.holds, explored, stated, lines, repeats, answer.met, actions)


def watched(question: Property | Stock, machine: Machine) -> Watch:
    """How a question is watched on a machine.

    Raises:
        ValueError: it is decided from the flow only.

    """
    if isinstance(question, Property):
        return Watch(question)
    if question.watch is None:
        raise ValueError(f"`{question.name}` is about settings and wiring: `check --property` asks")
    world = machine.world
    flow = build(Settings(world.architecture, world.scale, world.readings))
    return question.watch(flow)


def stated_bounds(machine: Machine, bounds: Bounds) -> str:
    """The bounds in words: they are printed beside every answer."""
    scale = machine.world.scale
    several = "" if bounds.messages == 1 else "s"
    parts = [
        f"{bounds.messages} event{several} at {machine.world.architecture.entries[0].to}",
        f"cutoff {scale.cutoff}",
        f"{scale.duplicates} duplicates of each delivery",
        f"{scale.redrives} redrives by a person",
    ]
    return ", ".join(parts)


def _narrated(
    machine: Machine, packed: Packed, run: Run | None
) -> tuple[tuple[Action, ...], tuple[str, ...]]:
    """The run, taken once more on the machine itself, in words."""
    if run is None:
        return (), ()
    narrator = Narrator(machine)
    state: State = packed.unpack(run.start)
    lines = narrator.begin(state)
    actions = []
    for label, target in run.steps:
        action = packed.labels[label].action
        change, after = machine.change(state, action), machine.step(state, action)
        if change is None or after != packed.unpack(target):
            raise RuntimeError("a step of the packed machine is none of the machine")
        lines.append(narrator.tell(action, change))
        actions.append(action)
        state = after
    return tuple(actions), tuple(lines)
