"""An innocent message is never dropped for its batch: decided from the flow, whatever the numbers.

Only two messages matter: one whose chain has reached the cutoff, and one that it takes along. A batch
is refused exactly if one of its messages is (REC-BATCH), so whatever a larger batch does to the
innocent one, the two do alone; `proofs/two_messages.py` states and discharges it. So the question is
whether one event can come to the queue with its count at the cutoff, and that the flow answers.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from lambdaspec.architecture.elements import QueueMapping, RecursiveLoop, mapping_name
from lambdaspec.flow.graph import LINEAGE, Flow, Kind, Site
from lambdaspec.kernel.counters import Config, Counter, Guard, config, outgoing
from lambdaspec.kernel.lasso import follow
from lambdaspec.kernel.paths import shortest
from lambdaspec.kernel.properties import Moment, always
from lambdaspec.properties.stock import Asked, Broken, Judgement, Watch
from lambdaspec.replay import Player, TraceStep, Unreplayable
from lambdaspec.semantics.narrate import Narrator
from lambdaspec.semantics.recursion import admit
from lambdaspec.semantics.state import Action, Deliver, Fail, Message, Move, Throttle
from lambdaspec.semantics.system import Machine
from lambdaspec.semantics.world import World

MOST_CONFIGS = 100_000
"""How many configurations are visited where a way with fewer counters cannot be walked."""

MOST_SHOWN = 200
"""How many refusals are played; a queue without a redrive policy refuses for days."""


@frozen
class Drop:
    """An innocent message that is dropped: the run, and how many deliveries and moves it takes."""

    steps: tuple[TraceStep, ...]
    deliveries: int
    lines: tuple[str, ...]


def decide_innocent(flow: Flow, _: Asked) -> Judgement:
    """Whether a message that could run is refused because of others, until it is dropped."""
    broken, places, unknown = [], 0, None
    for mapping in flow.settings.queue_mappings.values():
        function = flow.settings.function(mapping.function)
        site = next((n for n, s in enumerate(flow.sites) if _is_queue(s, mapping)), None)
        batched = flow.settings.batch_size(mapping) > 1
        counts = function.recursive_loop is RecursiveLoop.TERMINATE and not function.is_pipe
        if site is None or not batched or function.switched_off:
            continue
        places += 1
        guilty = _to_the_cutoff(flow, site, mapping.function) if counts else ()
        if guilty == ():
            continue
        drop = None if guilty is None else dropped(flow, mapping, site, guilty)
        if drop is None:
            unknown = f"whether a cut message comes to {mapping.source} could not be decided"
            continue
        message = f"a message of {mapping.source} on which nothing ran is dropped with the batch"
        message += f" of one that the cutoff refuses, after {drop.deliveries} deliveries and moves"
        batch = flow.settings.batch_size(mapping)
        note = f"REC-BATCH: {mapping.function} takes batches of up to {batch:,} messages"
        see = "the run: lambdaspec explore --property innocent-dropped --messages 2 --reduce"
        broken.append(Broken(message, mapping.span, (note, see), drop.lines))
    return Judgement(places, tuple(broken), unknown)


def _is_queue(site: Site, mapping: QueueMapping) -> bool:
    return site.kind is Kind.QUEUE and site.element == mapping.source


Abstract = tuple[int, int]
"""A site and the count of one function: the other counters are left out, so more is reached."""


def _to_the_cutoff(flow: Flow, site: int, function: str) -> Sequence[int] | None:
    """A way of one event to a queue with its count at the cutoff; () if none, None if unknown."""
    counter: Counter = (LINEAGE, function)
    cutoff = flow.settings.scale.cutoff
    out = outgoing(flow.size, flow.steps, range(len(flow.steps)))

    def moves(at: Abstract) -> list[tuple[int, Abstract]]:
        found = []
        for index in out[at[0]]:
            effect = flow.steps[index].effect
            own = [guard for guard in effect.guards if guard.counter == counter]
            if all(guard.admits(at[1]) for guard in own):
                count = 0 if LINEAGE in effect.resets else at[1]
                count += sum(more for one, more in effect.adds if one == counter)
                found.append((index, (flow.steps[index].target, min(count, cutoff))))
        return found

    begins = [(start, 0) for start in flow.starts]
    found = shortest(begins, moves, (site, cutoff).__eq__)
    if found is None:
        return ()
    start = flow.steps[found[1][0]].source
    walked = follow(flow, start, found[1])
    return walked if walked is not None else _with_all_counters(flow, site, Guard(counter, cutoff))


def _with_all_counters(flow: Flow, site: int, wanted: Guard) -> Sequence[int] | None:
    """The same way with every counter; None when there are too many to tell."""
    out = outgoing(flow.size, flow.steps, range(len(flow.steps)))
    seen: dict[Config, tuple[Config, int] | None] = {}
    todo: list[Config] = []
    for start, values in flow.starts.items():
        seen[config(start, values)] = None
        todo.append(config(start, values))
    for at in todo:
        now = dict(at[1])
        if at[0] == site and wanted.admits(now.get(wanted.counter, 0)):
            way: list[int] = []
            back = seen[at]
            while back is not None:
                way.append(back[1])
                back = seen[back[0]]
            return way[::-1]
        for index in out[at[0]]:
            effect = flow.steps[index].effect
            if effect.admits(now):
                after = config(flow.steps[index].target, effect.apply(now))
                if after not in seen:
                    seen[after] = (at, index)
                    todo.append(after)
        if len(todo) > MOST_CONFIGS:
            return None
    return ()


def dropped(flow: Flow, mapping: QueueMapping, site: int, guilty: Sequence[int]) -> Drop | None:
    """The run on the machine: the guilty one comes, the innocent one joins it, both are refused."""
    settings = flow.settings
    world = World(settings.architecture, settings.scale, settings.readings)
    start = flow.steps[guilty[0]].source
    player = Player(flow, Machine(world, 2), start)
    try:
        for index in guilty:
            player.hop(index)
        guilty_one = player.at
        player.restart(start)
        for index in guilty[: _first_visit(flow, guilty, site)]:
            player.hop(index)
        innocent = player.at
        if not isinstance(guilty_one, Message) or not isinstance(innocent, Message):
            return None
        _refuse(player, mapping, guilty_one, innocent)
    except Unreplayable:
        return None
    return Drop(tuple(player.steps), _deliveries(player.steps), _told(player))


def _first_visit(flow: Flow, way: Sequence[int], site: int) -> int:
    """How many hops of a way lead to a site for the first time."""
    if flow.steps[way[0]].source == site:
        return 0
    return next(n for n, index in enumerate(way, 1) if flow.steps[index].target == site)


def _refuse(player: Player, mapping: QueueMapping, guilty: Message, innocent: Message) -> None:
    """Deliver both together until the innocent one is gone, or for as long as anybody reads."""
    if admit(player.machine.world, mapping.function, innocent.lineage) is None:
        raise Unreplayable("the second message is cut by itself")
    for _ in range(MOST_SHOWN):
        if innocent.receives == (player.machine.world.max_receives(mapping.source) or -1):
            if player.machine.world.architecture.queue(mapping.source).fifo:
                player.do(Move(guilty))
            player.do(Move(innocent))
            return
        change = player.do(Deliver(mapping_name(mapping), (guilty, innocent)))
        after = dict(change.same)
        if innocent not in after or guilty not in after:
            return  # too old
        guilty, innocent = _message(after[guilty]), _message(after[innocent])


def _message(entity: object) -> Message:
    if not isinstance(entity, Message):
        raise Unreplayable("a message came back as something else")
    return entity


def _deliveries(steps: Sequence[TraceStep]) -> int:
    """Deliveries, refused ones too, and moves: what writing and returning adds is not counted."""
    return sum(
        isinstance(step.action, Deliver | Move) or step.change.invoked is not None for step in steps
    )


def _told(player: Player) -> tuple[str, ...]:
    narrator = Narrator(player.machine)
    lines = narrator.begin(player.initial)
    lines += [narrator.tell(step.action, step.change) for step in player.steps]
    return tuple(lines)


def watch_innocent(flow: Flow) -> Watch:
    """On the machine: where nothing fails, only messages that are cut by themselves are moved."""

    def only_guilty(moment: Moment) -> bool:
        if not isinstance(moment.action, Move):
            return True
        message = moment.action.message
        readers = [m for _, m in flow.settings.readers(message.queue)]
        world = World(flow.settings.architecture, flow.settings.scale, flow.settings.readings)
        return not readers or any(
            admit(world, mapping.function, message.lineage) is None for mapping in readers
        )

    return Watch(always("innocent-dropped", only_guilty, of_steps=True), _without_failures)


def _without_failures(action: Action) -> bool:
    return not isinstance(action, Fail | Throttle)
