"""Replay: a lasso of the flow, taken hop by hop on the machine, twice round its cycle.

The machine decides: each hop is turned into the actions it stands for, each action must be
enabled, and after each hop the event that is followed must be where the flow says, with the
counters that the flow says. What else is in flight stays in flight.
"""

from __future__ import annotations

from attrs import define, evolve, field, frozen

from lambdaspec.architecture.elements import Integration, MoveTask, QueueMapping, mapping_name
from lambdaspec.beside import shortest_run, waits
from lambdaspec.errors import ToolFault
from lambdaspec.flow.graph import (
    Flow,
    Kind,
    Role,
    Site,
    Step,
)
from lambdaspec.kernel.counters import Values, ceilings, saturated
from lambdaspec.kernel.lasso import Lasso
from lambdaspec.semantics import invocation as running
from lambdaspec.semantics.recursion import admit
from lambdaspec.semantics.state import (
    Action,
    Advance,
    AgeOut,
    AsyncEvent,
    Attempt,
    Change,
    Deliver,
    Duplicate,
    Emit,
    Entity,
    Execution,
    Fail,
    FifoGroup,
    HandOver,
    Handover,
    Invocation,
    Message,
    Move,
    MoveOn,
    Notice,
    Perform,
    Poll,
    Request,
    Return,
    Serve,
    Shard,
    Skip,
    Spread,
    State,
    Throttle,
)
from lambdaspec.semantics.system import Machine
from lambdaspec.sites import site_of

MOST_HELD_UP = 10_000
"""How many other messages of a line are processed before the one that is followed."""


MOST_UNWOUND = 400
"""How many steps synchronous calls beside the followed way may take to come to an end."""

MOST_NESTED = 60
"""How deep they may be nested."""


class Unreplayable(Exception):
    """A hop could not be taken on the machine; the message says which and why."""


class NoCompany(Unreplayable):
    """A lap runs nothing by itself, and leaves nothing behind that would."""


class TooLong(Unreplayable):
    """What has to happen first takes more steps than are tried; no disagreement is shown."""


@frozen
class TraceStep:
    """One action of the machine, what it changed and the state after it."""

    action: Action
    change: Change
    state: State


@frozen
class Trace:
    """A run of the machine: from `initial` through `steps`; from `repeats` on it is the cycle."""

    initial: State
    steps: tuple[TraceStep, ...]
    repeats: int | None = None
    hops: tuple[tuple[int, int], ...] = ()


def replay(flow: Flow, machine: Machine, lasso: Lasso) -> Trace:
    """Take the prefix, then the cycle twice; the trace holds the prefix and one lap.

    Raises:
        Unreplayable: the machine does not allow it.

    """
    try:
        return _replayed(Player(flow, machine, lasso.start), lasso)
    except NoCompany:  # a run that writes and then fails leaves its event behind, to be tried again
        return _replayed(Player(flow, machine, lasso.start, failing=True), lasso)


def _replayed(player: Player, lasso: Lasso) -> Trace:
    for index in lasso.prefix:
        player.hop(index)
    before = player.config()
    begins = len(player.steps)
    beside = list(player.state.entities)
    if player.at in beside:
        beside.remove(player.at)
    for index in lasso.cycle:
        player.hop(index)
    player.run_company(begins, beside)
    ends = len(player.steps)
    if not player.same(before):
        raise Unreplayable("after one lap the event is not as it was before")
    for index in lasso.cycle:
        player.hop(index)
    if not player.same(before):
        raise Unreplayable("after two laps the event is not as it was before")
    kept = [(place, hop) for place, hop in player.hops if place < ends]
    return Trace(player.initial, tuple(player.steps[:ends]), begins, tuple(kept))


@define
class Player:
    """Follows one event over the machine."""

    flow: Flow
    machine: Machine
    start: int
    failing: bool = False
    initial: State = field(init=False)
    state: State = field(init=False)
    at: Entity = field(init=False)
    values: Values = field(init=False)
    steps: list[TraceStep] = field(factory=list)
    hops: list[tuple[int, int]] = field(factory=list)
    products: tuple[Entity, ...] = ()

    def __attrs_post_init__(self) -> None:
        site = self.flow.sites[self.start]
        name = next(n for n, sites in self.flow.entry_sites.items() if self.start in sites)
        entry = next(e for e in self.machine.world.architecture.entries if e.to == name)
        self.initial = self.state = self.machine.arrival(entry)
        self.values = self.flow.starts[self.start]
        self.at = self._in_state(site, self.values)

    def restart(self, start: int) -> None:
        """Follow another event, which has arrived at the same entry and waits there."""
        self.products = ()
        self.values = self.flow.starts[start]
        self.at = self._in_state(self.flow.sites[start], self.values)

    def config(self) -> tuple[Site, Values]:
        """Where the event is."""
        found = site_of(self.at, self.flow)
        if found is None:
            raise Unreplayable(f"{self.at} is nowhere in the flow")
        return found

    def same(self, before: tuple[Site, Values]) -> bool:
        """Whether the event is where it was, as far as any guard can tell."""
        tops = ceilings(self.flow.steps)
        site, values = self.config()
        return site == before[0] and saturated(values, tops) == saturated(before[1], tops)

    def hop(self, index: int) -> None:
        """Take one hop and check where the event has come to."""
        step = self.flow.steps[index]
        self.hops.append((len(self.steps), index))
        expected = step.effect.apply(self.values)
        self._take(step)
        self.values = expected
        site = self.flow.sites[step.target]
        if step.role is Role.FAIL and site.kind is Kind.TRIED and self.products:
            return  # the last attempt: the machine gives the event up in the same action
        self.at = self._in_state(site, expected)
        self.products = ()

    def run_company(self, begins: int, before: list[Entity]) -> None:
        """If no function ran in the lap, let one run on what the lap left behind."""
        if any(step.change.invoked for step in self.steps[begins:]):
            return
        left = list(self.state.entities)
        for entity in (*before, self.at):
            if entity in left:
                left.remove(entity)
        for entity in left:
            for action in self._to_a_run(entity):
                self.do(action)
            if any(step.change.invoked for step in self.steps[begins:]):
                self.products = ()
                return
        raise NoCompany("no function runs in a lap")

    def _to_a_run(self, entity: Entity) -> list[Action]:
        """The shortest run of the machine from one thing in flight to an invocation."""
        begin = State((entity,))
        found = shortest_run(self.machine, begin, lambda change, _: change.invoked is not None)
        return [] if found is None else found

    def _in_state(self, site: Site, values: Values) -> Entity:
        """An entity of the state that the flow sees as this site with these counters."""
        candidates = self.products or self.state.entities
        for entity in (*candidates, *self.state.entities):
            if site_of(entity, self.flow) == (site, values) and self._present(entity):
                return entity.items[0] if isinstance(entity, FifoGroup) else entity
        if site.kind in (Kind.QUEUE, Kind.RECORD):
            return self._next_in_line(site, values)
        raise Unreplayable(f"the event is not at {site} with {dict(values)}")

    def _present(self, entity: Entity) -> bool:
        if entity in self.state.entities:
            return not (isinstance(entity, FifoGroup | Shard) and entity.busy)
        groups = [e for e in self.state.entities if isinstance(e, FifoGroup)]
        return any(group.items[:1] == (entity,) and not group.busy for group in groups)

    def _next_in_line(self, site: Site, values: Values) -> Entity:
        """Process what stands before the event in its FIFO queue or shard."""
        for _ in range(MOST_HELD_UP):
            line = self._line(site)
            if line is None:
                break
            if site_of(line, self.flow) == (site, values):
                return line.items[0] if isinstance(line, FifoGroup) else line
            if isinstance(line, FifoGroup):
                self._past_the_head(line)
            else:
                self._past_the_first(line)
        raise Unreplayable(f"the event is not next in line at {site}")

    def _past_the_first(self, line: Shard) -> None:
        """Let the first record of a shard be worked off, or read past where a filter stops it."""
        if self.machine.change(self.state, Skip(line)) is not None:
            self.do(Skip(line))
            return
        self.do(Poll(line, 0 if line.stuck else 1))
        self._finish(self._started())

    def _past_the_head(self, line: FifoGroup) -> None:
        """Let the first message of a FIFO queue be worked off, moved away, or grow too old."""
        head = State((evolve(line, items=line.items[:1]),))
        found = shortest_run(self.machine, head, lambda _, after: not waits(after, line.items[0]))
        if found is None:
            raise Unreplayable(f"{line.queue} does not get past its first message")
        for action in found:
            self.do(action)

    def _line(self, site: Site) -> FifoGroup | Shard | None:
        for entity in self.state.entities:
            match entity:
                case FifoGroup() if site == Site(Kind.QUEUE, entity.queue):
                    return entity if entity.items and not entity.busy else None
                case Shard() if (entity.mapping,) == site.detail:
                    idle = not entity.busy and (entity.stuck or entity.waiting)
                    return entity if idle else None
                case _:
                    pass
        return None

    def do(self, action: Action) -> Change:
        """Take one action of the machine."""
        change = self.machine.change(self.state, action)
        after = self.machine.step(self.state, action)
        if change is None or after is None:
            raise Unreplayable(f"the machine does not allow {action}")
        self.state = after
        self.steps.append(TraceStep(action, change, after))
        self.products = change.produced
        return change

    def _started(self) -> Invocation:
        for entity in self.products:
            if isinstance(entity, Invocation):
                return entity
        raise Unreplayable("no function was started")

    def _take(self, step: Step) -> None:
        kind = self.flow.sites[step.source].kind
        match kind:
            case Kind.QUEUE:
                self._from_queue(step)
            case Kind.ASYNC | Kind.TRIED:
                self._from_async(step)
            case Kind.RUN:
                self._from_run(step)
            case Kind.NOTICE:
                if not isinstance(self.at, Notice):
                    raise Unreplayable("no notice")
                self.do(Spread(self.at))
            case Kind.HANDOVER:
                if not isinstance(self.at, Handover):
                    raise Unreplayable("no handover")
                self.do(HandOver(self.at, bounced=step.role is Role.BOUNCE))
            case Kind.RECORD:
                self._from_record(step)
            case Kind.REQUEST:
                self._from_request(step)
            case Kind.EXECUTION:
                self._from_execution(step)

    def _from_queue(self, step: Step) -> None:
        message = self.at
        if not isinstance(message, Message):
            raise Unreplayable("no message")
        if step.role is Role.REDRIVE:
            self.do(Move(message))
            return
        if step.role is Role.DUPLICATE:
            self.do(Duplicate(message))
            return
        if isinstance(step.trigger, MoveTask):
            self.do(MoveOn(message, step.trigger.target))
            return
        if not isinstance(step.trigger, QueueMapping):
            raise ToolFault("a delivery without its mapping")
        name = mapping_name(step.trigger)
        if step.role is Role.REFUSE:
            function = self.machine.world.function(step.trigger.function)
            cut = admit(self.machine.world, function.name, message.lineage) is None
            stopped = cut and not function.switched_off
            self.do(Deliver(name, (message,)) if stopped else Throttle(name, (message,)))
            return
        self.do(Deliver(name, (message,)))
        if step.role is Role.FAIL:
            self._fail()

    def _from_async(self, step: Step) -> None:
        if step.role is Role.GIVE_UP and not isinstance(self.at, AsyncEvent):
            return
        if step.role is Role.GIVE_UP and self.products:
            return  # the last attempt has given the event up already
        event = self.at
        if not isinstance(event, AsyncEvent):
            raise Unreplayable("no asynchronous event")
        if step.role is Role.DUPLICATE:
            self.do(Duplicate(event))
        elif step.role is Role.GIVE_UP:
            self.do(AgeOut(event))
        elif step.role is Role.DROP:
            world = self.machine.world
            off = world.function(event.function).switched_off
            cut = admit(world, event.function, event.lineage) is None
            self.do(Attempt(event) if off or cut else AgeOut(event))
        else:
            self.do(Attempt(event))
            if step.role is Role.FAIL:
                change = self.do(Fail(self._started()))
                if any(isinstance(e, AsyncEvent) and e.attempts for e in change.produced):
                    self.products = ()
            elif step.role is Role.SUCCEED:
                self._finish(self._started())

    def _from_run(self, step: Step) -> None:
        """Write until the emission of this step is made; then let the function come to its end."""
        run = self.at
        if not isinstance(run, Invocation):
            raise Unreplayable("nothing runs")
        while True:
            inner = running.innermost(run)
            todo = running.calls(self.machine.world, inner)
            if inner.done >= len(todo):
                raise Unreplayable("the function does not make this write")
            wanted = todo[inner.done].emission is step.emission
            change = self.do(Emit(run))
            run = self._started()
            if wanted:
                break
            if change.invoked is not None:
                run = self._unwind(run, running.depth(run) - 1)
        if step.role is Role.EMIT:
            written = self.products
            if self.failing and self.machine.world.function(run.function).can_fail:
                self.do(Fail(run))
            else:
                self._finish_quietly(run)
            self.products = written

    def _finish_quietly(self, run: Invocation) -> None:
        """Finish if that is possible without following other synchronous calls for ever."""
        steps, state = len(self.steps), self.state
        try:
            self._finish(run)
        except Unreplayable:
            del self.steps[steps:]
            self.state = state

    def _finish(self, run: Invocation) -> None:
        """Let a function and those that wait for it write the rest and return."""
        self._unwind(run, 0)

    def _unwind(self, run: Invocation, depth: int) -> Invocation:
        """Let calls end until `depth` functions wait in a row; called ones fail if they can."""
        products: tuple[Entity, ...] = ()
        for _ in range(MOST_UNWOUND):
            nested = running.depth(run)
            if nested == depth:
                return run
            if nested > MOST_NESTED:
                break
            inner = running.innermost(run)
            called = run.child is not None
            if called and self.machine.world.function(inner.function).can_fail:
                change = self.do(Fail(run))
            elif inner.done < len(running.calls(self.machine.world, inner)):
                change = self.do(Emit(run))
            else:
                change = self.do(Return(run))
                products += change.produced
                if not called:
                    self.products = products
                    return run
            run = self._started()
        raise TooLong("synchronous calls do not come to an end")

    def _from_request(self, step: Step) -> None:
        request = self.at
        if not isinstance(request, Request) or not isinstance(step.trigger, Integration):
            raise Unreplayable("no request")
        self.do(Serve(request, step.trigger.target))
        if step.role is Role.FAIL:
            self.do(Fail(self._started()))

    def _from_execution(self, step: Step) -> None:
        execution = self.at
        if not isinstance(execution, Execution):
            raise Unreplayable("no execution")
        if step.role is Role.DUPLICATE:
            self.do(Duplicate(execution))
        elif step.role is Role.ADVANCE:
            self.do(Advance(execution, self.flow.sites[step.target].detail[0]))
        else:
            change = self.do(Perform(execution))
            running_now = any(isinstance(e, Invocation) for e in change.produced)
            if step.role is Role.FINISH and running_now:
                self._finish(self._started())
            elif step.role in (Role.FAIL, Role.CATCH) and running_now:
                self.do(Fail(self._started()))

    def _from_record(self, step: Step) -> None:
        shard = self.at
        if not isinstance(shard, Shard):
            raise Unreplayable("no shard")
        if step.role is Role.GIVE_UP:
            self.do(AgeOut(shard))
            return
        strangers = 0
        if step.role is Role.SPLIT and not shard.stuck:
            mapping = self.machine.world.stream_mappings[shard.mapping]
            strangers = self.machine.world.batch_size(mapping) - 1
        self.do(Poll(shard, 0 if shard.stuck else 1, strangers))
        if step.role in (Role.FAIL, Role.SPLIT):
            self._fail()

    def _fail(self) -> None:
        """Let what was started fail: a function at once, a pipe after it has run its functions."""
        run = self._started()
        if self.machine.world.function(run.function).is_pipe:
            while run.done < len(running.calls(self.machine.world, run)):
                called = self.do(Emit(run)).invoked is not None
                run = self._started()
                if called:
                    run = self._unwind(run, running.depth(run) - 1)
        self.do(Fail(run))
