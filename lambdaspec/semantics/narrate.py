"""Runs of the machine in words: names for what is in flight, labels for actions, trace lines.

Names are given in the order in which things appear, so the same run always has the same names, and
a label such as `deliver Orders->Charge m1` identifies an action in a run that is given as text.
"""

from __future__ import annotations

from typing import assert_never

from attrs import define, field

from lambdaspec.architecture.elements import StreamMapping
from lambdaspec.errors import ToolFault
from lambdaspec.semantics.invocation import calls, innermost, waiting
from lambdaspec.semantics.settings import SECOND
from lambdaspec.semantics.state import (
    Abandon,
    Action,
    Advance,
    AgeOut,
    AsyncEvent,
    Attempt,
    Batch,
    Change,
    Counts,
    Deliver,
    Discard,
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
    QueueBatch,
    Record,
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

_PREFIX: dict[type[Entity], str] = {
    Message: "m",
    AsyncEvent: "e",
    Notice: "n",
    Handover: "h",
    Record: "r",
    Shard: "shard ",
    Invocation: "run",
    FifoGroup: "group ",
    Request: "q",
    Execution: "x",
}


@define
class Narrator:
    """Gives names and words to one run; tell it every step in order."""

    machine: Machine
    names: dict[Entity, list[str]] = field(factory=dict)
    used: dict[str, int] = field(factory=dict)
    time: int = 0

    def begin(self, state: State) -> list[str]:
        """Name what is in flight at the start; a line for each thing."""
        lines = []
        for entity in state.entities:
            for part in _parts(entity):
                name = "a record" if isinstance(part, Shard) else self._new(part)
                lines.append(f"t=0  {name} arrives {_place(part)}")
        return lines

    def label(self, action: Action) -> str:
        """A text that identifies an action in this run."""
        match action:
            case Deliver(mapping, messages):
                return f"deliver {mapping} {self._all(messages)}"
            case Throttle(mapping, messages):
                return f"throttle {mapping} {self._all(messages)}"
            case Move(message):
                return f"move {self._name(message)}"
            case Attempt(event):
                return f"attempt {self._name(event)}"
            case AgeOut(Shard(mapping=mapping)):
                return f"expire {mapping}"
            case AgeOut(waiting):
                return f"expire {self._name(waiting)}"
            case Spread(notice):
                return f"spread {self._name(notice)}"
            case HandOver(handover, bounced):
                return f"{'bounce' if bounced else 'hand-over'} {self._name(handover)}"
            case Poll(shard, count, strangers):
                return f"poll {shard.mapping} {count}+{strangers}"
            case Emit(run):
                return f"emit {self._name(run)}"
            case Return(run, failed):
                report = " failed " + ",".join(map(str, failed)) if failed else ""
                return f"return {self._name(run)}{report}"
            case Fail(run):
                return f"fail {self._name(run)}"
            case Abandon(run):
                return f"abandon {self._name(run)}"
            case Duplicate(entity):
                return f"duplicate {self._name(entity)}"
            case Discard(mapping, message):
                return f"discard {mapping} {self._name(message)}"
            case MoveOn(message, target):
                return f"move-on {self._name(message)} {target}"
            case Skip(shard):
                return f"skip {shard.mapping}"
            case Serve(request, function):
                return f"serve {self._name(request)} {function}"
            case Perform(execution):
                return f"perform {self._name(execution)}"
            case Advance(execution, task):
                return f"advance {self._name(execution)} {task}"
            case _:
                assert_never(action)

    def tell(self, action: Action, change: Change) -> str:
        """The step as a line; the names move on with what the action changed."""
        self.time += 1
        line = self._told(action, change)
        self._pass_on(action, change)
        kept = [after for _, after in change.same]
        consumed = [e for e in change.consumed if isinstance(e, Invocation)]
        for entity in change.produced:
            for part in _parts(entity):
                if part in kept:
                    continue
                if isinstance(part, Invocation) and consumed:
                    self.names.setdefault(part, []).insert(0, self._take(consumed.pop()))
                else:
                    self._new(part)
        written = [self._name(e) for e in change.produced if not isinstance(e, Invocation | Shard)]
        if isinstance(action, Emit | Spread | HandOver) and written:
            line += f" as {', '.join(dict.fromkeys(written))}"
        return f"t={self.time}  {line}"

    def _pass_on(self, action: Action, change: Change) -> None:
        """What comes back keeps its name; what a function is done with gives its name up."""
        same = list(change.same)
        if isinstance(action, Return | Fail) and action.invocation.child is None:
            source = action.invocation.source
            messages = source.messages if isinstance(source, QueueBatch) else ()
            taken = [self._take(message) for message in messages]
            whole = tuple(range(len(messages)))
            for place in action.failed if isinstance(action, Return) and taken else whole:
                pair = next((one for one in same if one[0] == messages[place]), None)
                if pair is not None:
                    same.remove(pair)
                    self.names.setdefault(pair[1], []).append(taken[place])
        for before, after in same:
            self.names.setdefault(after, []).append(self._take(before))

    def _told(self, action: Action, change: Change) -> str:
        match action:
            case Deliver(mapping, messages):
                return self._delivery(mapping, messages, change)
            case Throttle(mapping, messages):
                source, function = mapping.split("->", 1)
                return f"{source} → {function}  throttled, {self._all(messages)} comes back later"
            case Move(message):
                target = self.machine.world.architecture.queue(message.queue).redrive
                to = target.to if target else "?"
                return f"{message.queue} → {to}  {self._name(message)} was received too often"
            case Attempt(event):
                return self._attempt(event, change)
            case AgeOut(AsyncEvent() as event):
                return f"{event.function}  {self._name(event)} waited too long{_sent(change)}"
            case AgeOut(waiting=Shard() as shard):
                return f"{shard.mapping.replace('->', ' → ')}  a record expires{_sent(change)}"
            case Spread(notice):
                return f"{notice.channel} → {_places(change)}"
            case HandOver(handover, bounced):
                why = "cannot be delivered, " if bounced else ""
                return f"{handover.source} → {_places(change)}  {why}{self._name(handover)}"
            case Poll(shard):
                source, function = shard.mapping.split("->", 1)
                return f"{source} → {function}  {self._batch(shard, change)}"
            case Emit(run):
                return self._emission(run, change)
            case Return(run, failed):
                name = innermost(run).function
                report = f", reports {len(failed)} of its records as failed" if failed else ""
                return f"{name}  returns{report}{_sent(change)}"
            case Fail(run):
                return f"{innermost(run).function}  fails{_sent(change)}"
            case _:
                return self._told_of_services(action, change)

    def _told_of_services(self, action: Action, change: Change) -> str:
        match action:
            case Abandon(run):
                caller = waiting(run)
                name = "?" if caller is None else caller.function
                return f"{name}  stops waiting for {innermost(run).function}, which runs on"
            case Duplicate(entity):
                return f"{_place(entity)}  {self._name(entity)} is delivered once more"
            case Discard(mapping, message):
                return f"{mapping.replace('->', ' → ')}  the filter deletes {self._name(message)}"
            case MoveOn(message, target):
                return f"{message.queue} → {target}  a person moves {self._name(message)} on"
            case Skip(shard):
                return f"{shard.mapping.replace('->', ' → ')}  the filter skips a record"
            case Serve(request, function):
                name = f"{self._name(request)}, attempt {request.attempts + 1}"
                return f"{request.route} → {function}  {name}{_lineage(change)}"
            case Perform(execution):
                return f"{execution.workflow}  {self._performed(execution, change)}"
            case Advance(execution, task):
                return f"{execution.workflow}  {self._name(execution)} goes on with {task}"
            case _:
                raise ToolFault(f"no words for {action!r}")

    def _performed(self, execution: Execution, change: Change) -> str:
        name = f"{self._name(execution)} at {execution.task}"
        if change.invoked is not None:
            attempt = execution.tried + 1
            return f"{name} invokes {change.invoked}, attempt {attempt}{_lineage(change)}"
        if change.lost:
            return f"{name} fails: its history is full or its time is up"
        return f"{name}{_sent(change)}"

    def _delivery(self, mapping: str, messages: tuple[Message, ...], change: Change) -> str:
        source, function = mapping.split("->", 1)
        most = self.machine.world.max_receives(source)
        received = max(message.receives for message in messages) + 1
        limit = "" if most is None else f" of {most}"
        line = f"{source} → {function}  batch [{self._all(messages)}], receive {received}{limit}"
        if change.rule == "CUT-SQS":
            return f"{line}, refused: RecursiveInvocationException, comes back"
        return line + _lineage(change)

    def _attempt(self, event: AsyncEvent, change: Change) -> str:
        name = self._name(event)
        if change.invoked is None:
            why = "is switched off" if change.rule == "CONC-ZERO" else "is refused by the cutoff"
            return f"{event.function}  {why}, {name} is given up{_sent(change)}"
        return f"{event.function}  runs on {name}, attempt {event.attempts + 1}{_lineage(change)}"

    def _batch(self, shard: Shard, change: Change) -> str:
        mapping: StreamMapping = self.machine.world.stream_mappings[shard.mapping]
        batch = shard.stuck[0] if shard.stuck else Batch(())
        retries = self.machine.world.record_retries(mapping)
        most = "" if retries is None else f" of {retries + 1}"
        return f"attempt {batch.attempts + batch.splits + 1}{most}{_lineage(change)}"

    def _emission(self, run: Invocation, change: Change) -> str:
        inner = innermost(run)
        call = calls(self.machine.world, inner)[inner.done]
        target = call.emission.to
        if change.invoked is not None:
            return f"{inner.function} → {target}  invokes it and waits{_lineage(change)}"
        if change.rule == "CUT-SYNC":
            return f"{inner.function} → {target}  RecursiveInvocationException"
        if change.rule == "CONC-ZERO":
            return f"{inner.function} → {target}  TooManyRequestsException"
        copies = f"{call.copies} times" if call.copies != 1 else ""
        return f"{inner.function} → {target}  writes{' ' + copies if copies else ''}"

    def _new(self, entity: Entity) -> str:
        prefix = _PREFIX[type(entity)]
        self.used[prefix] = self.used.get(prefix, 0) + 1
        name = f"{prefix}{self.used[prefix]}"
        self.names.setdefault(entity, []).append(name)
        return name

    def _name(self, entity: Entity) -> str:
        known = self.names.get(entity)
        return known[0] if known else self._new(entity)

    def _take(self, entity: Entity) -> str:
        name = self._name(entity)
        self.names[entity].remove(name)
        return name

    def _all(self, messages: tuple[Message, ...]) -> str:
        taken: dict[Message, int] = {}
        found = []
        for message in messages:
            self._name(message)
            place = taken.get(message, 0)
            taken[message] = place + 1
            names = self.names[message]
            found.append(names[min(place, len(names) - 1)])
        return ",".join(found)


def _parts(entity: Entity) -> tuple[Entity, ...]:
    if isinstance(entity, FifoGroup):
        return entity.items
    return (entity,)


def _place(entity: Entity) -> str:
    match entity:
        case Message(queue=name):
            return f"in {name}"
        case AsyncEvent(function=name):
            return f"for {name}"
        case Notice(channel=name) | Request(route=name) | Execution(workflow=name):
            return f"at {name}"
        case Shard(mapping=name) | Record(mapping=name):
            return f"in {name.split('->')[0]}"
        case _:
            return ""


def _places(change: Change) -> str:
    names = [_place(e).split(" ", 1)[-1] for e in change.produced]
    return ", ".join(dict.fromkeys(names)) or "nobody"


def _sent(change: Change) -> str:
    """What the platform writes because a function ended or an event was given up."""
    sent = [e for e in change.produced if not isinstance(e, Invocation | Shard | FifoGroup)]
    again = [after for _, after in change.same]
    back = [e for e in again if isinstance(e, Message)]
    if back:
        return ", " + ", ".join(
            f"a message comes back after {e.age // SECOND:,} s" for e in dict.fromkeys(back)
        )
    if any(isinstance(e, AsyncEvent | Request | Execution) for e in again):
        return ", the event is tried again later"
    places = ", ".join(dict.fromkeys(_place(e) for e in sent))
    return f", a record of it arrives {places}" if places else ""


def _lineage(change: Change) -> str:
    for entity in change.produced:
        if isinstance(entity, Invocation):
            return _counts(innermost(entity).lineage)
    return ""


def _counts(lineage: Counts) -> str:
    if not lineage:
        return ", no lineage"
    shown = " ".join(f"{name}={count}" for name, count in lineage[:4])
    more = f" and {len(lineage) - 4} more" if len(lineage) > 4 else ""
    return f", lineage {shown}{more}"
