"""The machine for explicit search: states as integers, steps as differences between them.

Each thing that can be in flight gets a field of the integer, which counts how many equal ones there
are: so that messages that do not differ are one state, whatever their order. What a thing can do
depends only on itself, on its companions in a standard queue (batches) and on the lines (FIFO
groups, shards). So the machine is asked once for each such neighbourhood, and every step of it is a
number to add. Nothing of the semantics is told again here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from attrs import define, field, frozen

from lambdaspec.errors import ToolFault
from lambdaspec.kernel.properties import Moment, Party, Property
from lambdaspec.kernel.search import Bundle, Crowded
from lambdaspec.semantics.invocation import depth
from lambdaspec.semantics.queues import MOST_VISIBLE
from lambdaspec.semantics.state import (
    Action,
    Change,
    Entity,
    FifoGroup,
    Invocation,
    Message,
    Record,
    Shard,
    State,
)
from lambdaspec.semantics.system import Machine

WIDTH = 5
"""Bits of a field. The highest one warns: while it is not set, a step cannot overflow the field."""

MOST_NESTED = 32
"""How deep synchronous calls may be nested: twice what the cutoff lets one function reach."""

FULL = (1 << WIDTH) - 1
MOST_EQUAL = FULL >> 1
"""How many equal things may be in flight, and how many one step may add."""


@frozen
class Label:
    """A kind of step: the action and what it changes, in the neighbourhood where it was found.

    Attributes:
        party: who takes it, for fairness: what it uses up stands for that.
        ending: whether it starts no function and makes no order, so that it can go first.

    """

    action: Action
    change: Change
    party: Party
    ending: bool


Moves = list[tuple[int, int]]
"""Pairs (label, difference)."""

Keep = Callable[[Action], bool]


@define
class Packed:
    """A machine as a `lambdaspec.kernel.search.System`.

    `keep` leaves out actions that a question does not want to see.
    """

    machine: Machine
    keep: Keep = lambda _: True
    things: list[Entity] = field(factory=list)
    labels: list[Label] = field(factory=list)
    _number: dict[Entity, int] = field(factory=dict)
    _alone: dict[int, Moves] = field(factory=dict)
    _beside: dict[tuple[int, ...], Moves] = field(factory=dict)
    _group: dict[int, str | None] = field(factory=dict)
    _lines: int = 0
    _inert: int = 0
    _most: dict[str, int] = field(factory=dict)

    def number(self, entity: Entity) -> int:
        """The field of a thing, which it gets when it is new."""
        known = self._number.get(entity)
        if known is None:
            if isinstance(entity, Invocation) and depth(entity) > MOST_NESTED:
                raise Crowded(f"synchronous calls are nested more than {MOST_NESTED} deep")
            known = self._number[entity] = len(self.things)
            self.things.append(entity)
            self._group[known] = self._companions(entity)
            if isinstance(entity, FifoGroup | Shard):
                self._lines |= FULL << (known * WIDTH)
        return known

    def _companions(self, entity: Entity) -> str | None:
        """The queue whose batches a thing can be part of together with others."""
        if not isinstance(entity, Message):
            return None
        queue = entity.queue
        if queue not in self._most:
            sizes = [self.machine.world.batch_size(m) for _, m in self.machine.world.readers(queue)]
            self._most[queue] = max(sizes, default=1)
        return queue if self._most[queue] > 1 else None

    def pack(self, state: State) -> int:
        """A state of the machine as an integer."""
        packed = 0
        for entity in state.entities:
            shift = self.number(entity) * WIDTH
            if packed >> shift & FULL == MOST_EQUAL:
                raise Crowded(f"more than {MOST_EQUAL} equal things are in flight: {entity}")
            packed += 1 << shift
        return packed

    def unpack(self, packed: int) -> State:
        """The state of the machine that an integer stands for."""
        entities: list[Entity] = []
        for place, count in _fields(packed):
            entities += [self.things[place]] * count
        return State.of(entities)

    def initial(self) -> Iterable[int]:
        """The states in which a run may begin."""
        return [self.pack(state) for state in self.machine.initial_states()]

    def bundles(self, state: int) -> list[Bundle]:
        """Everything that can happen next: what each thing can do, each batch, each line."""
        if state & _tops(len(self.things)):
            raise Crowded(f"more than {MOST_EQUAL} equal things are in flight")
        if state & self._lines:
            return self._with_lines(state)
        found: list[Bundle] = []
        groups: dict[str, list[int]] = {}
        alone, group = self._alone, self._group
        rest = state & ~self._inert
        while rest:
            place = (rest.bit_length() - 1) // WIDTH
            shift = place * WIDTH
            count = rest >> shift
            rest ^= count << shift
            queue = group[place]
            if queue is not None:
                groups.setdefault(queue, []).extend([place] * min(count, MOST_VISIBLE))
            moves = alone.get(place)
            if moves is None:
                moves = alone[place] = self._moves((place,))
            if moves:
                found.append(moves)
            elif queue is None:
                self._inert |= FULL << shift  # a message where nobody reads, for one
        for queue, members in groups.items():
            found += self._batches(queue, members, ())
        return found

    def _batches(
        self, queue: str, members: Sequence[int], lines: tuple[int, ...]
    ) -> Iterator[Bundle]:
        """What messages of a queue can do together: batches of two and more."""
        most = min(self._most[queue], len(members))
        many = len(members) > MOST_VISIBLE
        for size in (most,) if many else range(2, most + 1):
            if size < 2:
                continue
            chosen = [tuple(members[:size])] if many else combinations(members, size)
            for key in dict.fromkeys(chosen):
                moves = self._beside.get((*key, -1, *lines))
                if moves is None:
                    moves = self._beside[*key, -1, *lines] = self._moves(key, lines)
                if moves:
                    yield moves

    def _with_lines(self, state: int) -> list[Bundle]:
        """The same where lines are in flight, which a thing can join, leave or free."""
        lines = tuple(place for place, _ in _fields(state & self._lines))
        groups: dict[str, list[int]] = {}
        keys: list[tuple[int, ...]] = [()]
        for place, count in _fields(state & ~self._lines):
            queue = self._group[place]
            keys.append((place,))
            if queue is not None:
                groups.setdefault(queue, []).extend([place] * min(count, MOST_VISIBLE))
        found: list[Bundle] = []
        for own in keys:
            moves = self._beside.get((*own, -1, *lines))
            if moves is None:
                moves = self._beside[*own, -1, *lines] = self._moves(own, lines)
            if moves:
                found.append(moves)
        for queue, members in groups.items():
            found += self._batches(queue, members, lines)
        return found

    def _moves(self, members: tuple[int, ...], lines: tuple[int, ...] = ()) -> Moves:
        """What these things can do together, with these lines beside them; the machine says it.

        With no things, what the lines can do by themselves.
        """
        own = [self.things[place] for place in members]
        beside = [self.things[place] for place in lines]
        state = State.of([*own, *beside])
        before = self.pack(state)
        moves: Moves = []
        for action in self.machine.actions(state):
            if not self.keep(action):
                continue
            change = self.machine.change(state, action)
            after = self.machine.step(state, action)
            if change is None or after is None:
                raise ToolFault(f"an action that is listed cannot be taken: {action}")
            taken = [e for e in change.consumed if not isinstance(e, FifoGroup | Shard)]
            if len(taken) != len(own):
                continue  # fewer things do this, and are asked by themselves
            ending = not beside and change.invoked is None
            ending = ending and not any(self._joins_a_line(e) for e in change.produced)
            label = Label(action, change, change.consumed[0], ending)
            self.labels.append(label)
            moves.append((len(self.labels) - 1, self.pack(after) - before))
        return moves

    def _joins_a_line(self, entity: Entity) -> bool:
        """Whether something is put in order with others: then the order of steps matters."""
        if isinstance(entity, Message):
            return self.machine.world.architecture.queue(entity.queue).fifo
        return isinstance(entity, Record | Shard | FifoGroup)

    def reduced(self, state: int, visible: Callable[[int], bool]) -> Bundle:
        """The next steps of one running function, which stand for all; nothing if there are none.

        A function that only writes and ends hinders nobody and is hindered by nobody, so it may as
        well go first. Such steps cannot go round: each brings a function nearer to its end.
        """
        if state & self._lines:
            return ()
        for place, _ in _fields(state):
            if not isinstance(self.things[place], Invocation):
                continue
            moves = self._alone.get(place)
            if moves is None:
                moves = self._alone[place] = self._moves((place,))
            ending = all(self.labels[label].ending for label, _ in moves)
            if moves and ending and not any(visible(label) for label, _ in moves):
                return moves
        return ()

    def holds(self, one: Property, label: int | None, state: int) -> bool:
        """Whether the predicate holds at a step."""
        if label is None:
            return one.holds(Moment(None if one.of_steps else self.unpack(state)))
        kind = self.labels[label]
        seen = None if one.of_steps else self.unpack(state)
        return one.holds(Moment(seen, kind.action, kind.change))

    def party(self, label: int) -> Party:
        """Who takes the steps with this label."""
        return self.labels[label].party


def _fields(packed: int) -> list[tuple[int, int]]:
    """The fields of a packed state that are not empty: (place, count)."""
    found = []
    while packed:
        place = (packed.bit_length() - 1) // WIDTH
        count = packed >> place * WIDTH
        packed ^= count << place * WIDTH
        found.append((place, count))
    return found


def _tops(size: int) -> int:
    """The highest bit of every field: set where a field is half full."""
    top = _TOPS.get(size)
    if top is None:
        top = _TOPS[size] = sum(1 << place * WIDTH + WIDTH - 1 for place in range(size))
    return top


_TOPS: dict[int, int] = {}
