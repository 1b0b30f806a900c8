"""Every name must refer to something that AWS allows in that place."""

from __future__ import annotations

from difflib import get_close_matches

from lambdaspec.architecture.elements import (
    Architecture,
    Bucket,
    Bus,
    Channel,
    External,
    Function,
    Integration,
    Invoke,
    MoveTask,
    Notification,
    Queue,
    QueueMapping,
    Rule,
    Stream,
    StreamMapping,
    Subscription,
    Topic,
)
from lambdaspec.architecture.reading import Reader
from lambdaspec.architecture.services import IotTopic, LogGroup, Route, Schedule, Workflow
from lambdaspec.diagnostics import Span

_WORDS: dict[type[Function | Channel], str] = {
    Function: "function",
    Queue: "queue",
    Topic: "topic",
    Bucket: "bucket",
    Bus: "bus",
    Stream: "stream",
    External: "service",
    Schedule: "schedule",
    IotTopic: "IoT topic",
    Workflow: "state machine",
}
_HERE = Span("")

RULE_TARGETS = (Function, Queue, Topic, Stream, Bus, IotTopic, Workflow, Route, External)
"""What a rule, a schedule, an IoT rule or a log subscription can send to."""


def check_references(reader: Reader, architecture: Architecture) -> None:
    """Add a finding for each name that does not fit."""
    check = _Check(reader, architecture)
    for function in architecture.functions.values():
        check.function(function)
    for channel in architecture.channels.values():
        if isinstance(channel, Queue):
            check.redrive(channel)
        elif isinstance(channel, External):
            check.service(channel)
        elif isinstance(channel, LogGroup):
            check.log_group(channel)
        elif isinstance(channel, Workflow):
            check.workflow(channel)
    check.triggers()
    seen: set[str] = set()
    for entry in architecture.entries:
        check.known(entry.to, entry.span)
        if entry.to in seen:
            reader.say("LS006", entry.span or _HERE, f"`{entry.to}` is an entry already")
        seen.add(entry.to)


class _Check:
    def __init__(self, reader: Reader, architecture: Architecture) -> None:
        self.reader = reader
        self.architecture = architecture

    def known(self, name: str, span: Span | None) -> Function | Channel | None:
        try:
            element = self.architecture.element(name)
        except KeyError:
            names = [*self.architecture.functions, *self.architecture.channels]
            close = get_close_matches(name, names, 1)
            hint = f"Did you mean `{close[0]}`?" if close else "Define it, or correct the name."
            self.reader.say("LS003", span or _HERE, f"`{name}` is not defined", hint)
            return None
        if isinstance(element, Function) and element.is_pipe:
            message = f"`{name}` is a pipe, which takes events only from its own source"
            self.reader.say("LS003", span or _HERE, message)
        return element

    def kind(
        self,
        name: str | None,
        span: Span | None,
        what: str,
        allowed: tuple[type[Function | Channel], ...],
        standard: bool = False,
    ) -> Function | Channel | None:
        """Check that a name is of an allowed kind; `standard` excludes FIFO queues and topics."""
        if name is None:
            return None
        element = self.known(name, span)
        if element is None:
            return None
        fifo = isinstance(element, Queue | Topic) and element.fifo
        if not isinstance(element, allowed) or (standard and fifo):
            words = " or ".join(_WORDS[one] for one in allowed)
            adjective = "standard " if standard else ""
            self.reader.say(
                "LS003", span or _HERE, f"{what} cannot be `{name}`", f"Name a {adjective}{words}."
            )
        return element

    def function(self, function: Function) -> None:
        config, span = function.asynchronous, function.asynchronous.span or function.span
        places: tuple[type[Function | Channel], ...] = (Queue, Topic, Function, Bus)
        self.kind(config.dead_letter, span, "a function's dead-letter target", (Queue, Topic), True)
        self.kind(config.on_success, span, "an on-success destination", places, True)
        self.kind(config.on_failure, span, "an on-failure destination", (*places, Bucket), True)
        for emission in function.emits:
            target = self.known(emission.to, emission.span)
            if target is None:
                continue
            if not isinstance(target, Bucket) and emission.key != "{}":
                message = f"`key` is for writes into a bucket, and `{emission.to}` is none"
                self.reader.say("LS002", emission.span or _HERE, message)
            if not isinstance(target, Function) and emission.invoke is not Invoke.ASYNC:
                message = f"`invoke` is for functions, and `{emission.to}` is none"
                self.reader.say("LS002", emission.span or _HERE, message)

    def service(self, service: External) -> None:
        for emission in service.emits:
            target = self.known(emission.to, emission.span)
            if isinstance(target, External):
                message = f"a service cannot write to another one, `{emission.to}`"
                fix = "Describe the two as one service: what happens between them is not modelled."
                self.reader.say("LS003", emission.span or _HERE, message, fix)

    def log_group(self, group: LogGroup) -> None:
        for name in group.of:
            self.kind(name, group.span, "what logs there", (Function,))

    def workflow(self, workflow: Workflow) -> None:
        for task in workflow.tasks.values():
            if task.to is not None:
                self.known(task.to, task.span)
            for guard in task.when:
                if task.name == workflow.start:
                    message = f"the first state of `{workflow.name}` cannot have a condition"
                    self.reader.say("LS002", task.span or _HERE, f"{message}: {guard}")

    def move(self, task: MoveTask) -> None:
        """Only the dead-letter queues of queues can be emptied so (SQS-REDRIVE)."""
        queues = [c for c in self.architecture.channels.values() if isinstance(c, Queue)]
        letters = {queue.redrive.to for queue in queues if queue.redrive is not None}
        if task.source not in letters or task.source == task.target:
            message = f"`{task.source}` cannot be moved to `{task.target}`"
            fix = "Only a queue's dead-letter queue can be moved on, to another queue."
            self.reader.say("LS003", task.span or _HERE, message, fix)

    def redrive(self, queue: Queue) -> None:
        if queue.redrive is None:
            return
        target = self.kind(queue.redrive.to, queue.span, "a dead-letter queue", (Queue,))
        if isinstance(target, Queue) and target.fifo != queue.fifo:
            kind = "FIFO" if queue.fifo else "standard"
            message = (
                f"the dead-letter queue `{target.name}` is of another type than `{queue.name}`"
            )
            self.reader.say("LS003", queue.span or _HERE, message, f"Name a {kind} queue.")
        if target is queue:
            message = f"`{queue.name}` cannot be its own dead-letter queue"
            self.reader.say("LS003", queue.span or _HERE, message)

    def triggers(self) -> None:
        seen: dict[tuple[str, str], Span | None] = {}
        for trigger in self.architecture.triggers:
            span = trigger.span
            match trigger:
                case QueueMapping(function=name) | StreamMapping(function=name) if (
                    name in self.architecture.functions
                    and self.architecture.functions[name].is_pipe
                ):
                    pass
                case QueueMapping(function=name):
                    self.kind(name, span, "what a queue triggers", (Function,))
                case StreamMapping(function=name):
                    self.kind(name, span, "what a stream triggers", (Function,))
                    places: tuple[type[Function | Channel], ...] = (Queue, Topic, Bucket)
                    what = "a stream's on-failure destination"
                    self.kind(trigger.on_failure, span, what, places, True)
                case Subscription(target=name):
                    self.kind(name, span, "a subscriber", (Function, Queue))
                    what = "a subscription's dead-letter queue"
                    self.kind(trigger.dead_letter, span, what, (Queue,))
                case Integration(target=name):
                    self.kind(name, span, "what a route invokes", (Function,))
                case MoveTask(target=name):
                    self.kind(name, span, "where messages are moved", (Queue,))
                    self.move(trigger)
                case Notification(target=name):
                    places = (Function, Queue, Topic, Bus)
                    self.kind(name, span, "what a bucket notifies", places, True)
                    continue  # one target may be notified for several prefixes
                case Rule(target=name):
                    self.kind(name, span, "a rule's target", RULE_TARGETS)
                    what = "a rule's dead-letter queue"
                    self.kind(trigger.dead_letter, span, what, (Queue,), True)
                    self.kind(trigger.bucket, span, "a rule's `bucket`", (Bucket,))
            if (trigger.source, name) in seen:
                message = f"`{trigger.source}` triggers `{name}` already"
                self.reader.say("LS006", span or _HERE, message)
            seen[trigger.source, name] = span
