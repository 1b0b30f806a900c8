"""The catalogue of realistic mistakes: how a configuration drifts without anybody meaning it.

Each entry has a name, a page, and a generator of the edits that make the mistake somewhere in an
architecture. Every edit counts as one mistake. What is written to another resource stays within
its kind: a wrong name in an environment variable is a name of the same kind of thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from lambdaspec.architecture.elements import (
    NO_FILTER,
    Architecture,
    Bus,
    Function,
    Notification,
    Queue,
    QueueMapping,
    RecursiveLoop,
    Rule,
    Sdk,
    StreamMapping,
    Subscription,
    Topic,
    Trigger,
    target_of,
)
from lambdaspec.architecture.parts import parts
from lambdaspec.semantics import limits
from lambdaspec.symbolic.edits import Change, Edit, Part, value_at

Maker = Callable[[Architecture], Iterator[Edit]]


@frozen
class Mistake:
    """One kind of mistake.

    Attributes:
        name: how `--only` names it.
        what: what goes wrong, in a sentence.
        page: how it comes about, and what to do against it.
        make: all edits of an architecture that make it.

    """

    name: str
    what: str
    page: str
    make: Maker


def mistakes(
    architecture: Architecture, only: Iterable[str] = (), *, far: bool = False
) -> list[Edit]:
    """Every single mistake that can be made in an architecture.

    Args:
        architecture: what it is made in.
        only: names of mistakes; all when empty.
        far: whether resources are also taken for others with which they have no connection at all,
            as those of another service in the same file.

    Raises:
        ValueError: there is no mistake of such a name.

    """
    chosen = list(only)
    unknown = [name for name in chosen if name not in CATALOGUE]
    if unknown:
        raise ValueError(f"there is no mistake `{unknown[0]}`; there are {', '.join(CATALOGUE)}")
    kinds = [one for one in CATALOGUE.values() if not chosen or one.name in chosen]
    home = parts(architecture)
    made = (edit for kind in kinds for edit in kind.make(architecture))
    return [edit for edit in made if far or _is_near(edit, home)]


def _is_near(edit: Edit, home: Mapping[str, int]) -> bool:
    ends = ((home.get(str(c.before)), home.get(str(c.after))) for c in edit.changes)
    return all(None in pair or pair[0] == pair[1] for pair in ends)


def _edit(
    kind: str, says: str, part: Part, name: str, path: str, before: object, after: object
) -> Edit:
    return Edit(kind, says, (Change(part, name, path, before, after),))


def _like(architecture: Architecture, name: str) -> list[str]:
    """Other resources of the same kind; queues and topics of the same type."""
    if name in architecture.functions:
        return [f.name for f in architecture.functions.values() if f.name != name and not f.is_pipe]
    this = architecture.channels[name]
    same = [c for c in architecture.channels.values() if type(c) is type(this) and c != this]
    if isinstance(this, Queue | Topic):
        same = [c for c in same if isinstance(c, Queue | Topic) and c.fifo == this.fifo]
    return [c.name for c in same]


def _functions(architecture: Architecture) -> Iterator[Function]:
    return (f for f in architecture.functions.values() if not f.is_pipe)


def _queues(architecture: Architecture) -> Iterator[Queue]:
    return (c for c in architecture.channels.values() if isinstance(c, Queue))


def _emissions(architecture: Architecture) -> Iterator[tuple[Function, int]]:
    for function in architecture.functions.values():
        for position, emission in enumerate(function.emits):
            if not emission.by_platform:
                yield function, position


def _triggers(architecture: Architecture) -> Iterator[tuple[str, Trigger, str]]:
    """Each trigger with its place and how it is called in sentences."""
    for place, trigger in enumerate(architecture.triggers):
        yield str(place), trigger, f"the trigger from {trigger.source} to {target_of(trigger)}"


def _wrong_target(architecture: Architecture) -> Iterator[Edit]:
    for function, position in _emissions(architecture):
        to = function.emits[position].to
        for other in _like(architecture, to):
            says = f"{function.name} writes to {other} instead of {to}"
            path = f"emits.{position}.to"
            yield _edit("wrong-target", says, Part.FUNCTION, function.name, path, to, other)


def _wrong_trigger(architecture: Architecture) -> Iterator[Edit]:
    for place, trigger, _ in _triggers(architecture):
        if isinstance(trigger, QueueMapping | StreamMapping | Subscription | Notification | Rule):
            for other in _like(architecture, trigger.source):
                target = target_of(trigger)
                says = f"{target} is triggered by {other} instead of {trigger.source}"
                yield _edit(
                    "wrong-trigger", says, Part.TRIGGER, place, "source", trigger.source, other
                )


def _wrong_dead_letter(architecture: Architecture) -> Iterator[Edit]:
    kind = "wrong-dead-letter"
    for queue in _queues(architecture):
        if queue.redrive is not None:
            to = queue.redrive.to
            for other in _like(architecture, to):
                if other != queue.name:
                    says = f"the dead letters of {queue.name} go to {other} instead of {to}"
                    yield _edit(kind, says, Part.CHANNEL, queue.name, "redrive.to", to, other)
    for function in _functions(architecture):
        for path in ("dead_letter", "on_failure", "on_success"):
            to = getattr(function.asynchronous, path)
            for other in [] if to is None else _like(architecture, to):
                says = f"{path} of {function.name} goes to {other} instead of {to}"
                full = f"asynchronous.{path}"
                yield _edit(kind, says, Part.FUNCTION, function.name, full, to, other)
    for place, trigger, what in _triggers(architecture):
        for path in ("dead_letter", "on_failure"):
            aim: str | None = getattr(trigger, path, None)
            for other in [] if aim is None else _like(architecture, aim):
                says = f"{path} of {what} goes to {other} instead of {aim}"
                yield _edit(kind, says, Part.TRIGGER, place, path, aim, other)


def _on_functions(kind: str, path: str, after: object, says: str, *unless: object) -> Maker:
    def make(architecture: Architecture) -> Iterator[Edit]:
        for function in _functions(architecture):
            before = value_at(function, path)
            if before != after and before not in unless:
                said = says.format(function.name)
                yield _edit(kind, said, Part.FUNCTION, function.name, path, before, after)

    return make


def _on_triggers(kind: str, path: str, after: object, says: str, *types: type[Any]) -> Maker:
    def make(architecture: Architecture) -> Iterator[Edit]:
        for place, trigger, what in _triggers(architecture):
            if (not types or isinstance(trigger, types)) and hasattr(trigger, path):
                before = getattr(trigger, path)
                if before != after:
                    yield _edit(kind, says.format(what), Part.TRIGGER, place, path, before, after)

    return make


def _on_queues(kind: str, path: str, after: object, says: str) -> Maker:
    def make(architecture: Architecture) -> Iterator[Edit]:
        for queue in _queues(architecture):
            if path.startswith("redrive.") and queue.redrive is None:
                continue
            before = value_at(queue, path)
            if before != after:
                said = says.format(queue.name)
                yield _edit(kind, said, Part.CHANNEL, queue.name, path, before, after)

    return make


def _lost_guard(architecture: Architecture) -> Iterator[Edit]:
    for function, position in _emissions(architecture):
        emission = function.emits[position]
        if emission.when:
            says = f"{function.name} no longer looks at the condition before it writes to {emission.to}"
            path = f"emits.{position}.when"
            yield _edit("lost-guard", says, Part.FUNCTION, function.name, path, emission.when, ())


def _wider_prefix(architecture: Architecture) -> Iterator[Edit]:
    for place, trigger, what in _triggers(architecture):
        if isinstance(trigger, Notification | Rule) and "/" in trigger.prefix[:-1]:
            wider = trigger.prefix[:-1].rpartition("/")[0] + "/"
            says = f"{what} takes the prefix {wider} instead of {trigger.prefix}"
            yield _edit("wider-prefix", says, Part.TRIGGER, place, "prefix", trigger.prefix, wider)


def _more_retries(architecture: Architecture) -> Iterator[Edit]:
    yield from _on_functions(
        "more-retries",
        "asynchronous.max_retry_attempts",
        None,
        "{} is retried as often as AWS does by itself",
        limits.ASYNC_RETRIES.value,
    )(architecture)
    yield from _on_triggers(
        "more-retries", "max_retry_attempts", None, "{} retries until the record is too old"
    )(architecture)


def _batch_size(architecture: Architecture) -> Iterator[Edit]:
    for place, trigger, what in _triggers(architecture):
        if isinstance(trigger, QueueMapping | StreamMapping):
            source = architecture.channels[trigger.source]
            limit = limits.STREAM_BATCH if isinstance(trigger, StreamMapping) else limits.SQS_BATCH
            if isinstance(source, Queue) and source.fifo:
                limit = limits.SQS_FIFO_BATCH
            for size in (1, limit.most):
                if size is not None and size != trigger.batch_size:
                    says = f"{what} has batches of {size:,}"
                    yield _edit(
                        "batch-size",
                        says,
                        Part.TRIGGER,
                        place,
                        "batch_size",
                        trigger.batch_size,
                        size,
                    )


def _fifo(architecture: Architecture) -> Iterator[Edit]:
    for queue in _queues(architecture):
        kind = "standard" if queue.fifo else "FIFO"
        says = f"{queue.name} is a {kind} queue"
        yield _edit("fifo", says, Part.CHANNEL, queue.name, "fifo", queue.fifo, not queue.fifo)


def _receive_count(architecture: Architecture) -> Iterator[Edit]:
    for count in (1, limits.SQS_MAX_RECEIVE.most):
        says = f"a message of {{}} is received up to {count:,} times"
        yield from _on_queues("max-receive-count", "redrive.max_receive_count", count, says)(
            architecture
        )


def _destination(architecture: Architecture) -> Iterator[Edit]:
    """To what triggers the function, to what it writes, and to itself."""
    for function in _functions(architecture):
        near = [t.source for t in architecture.triggers if target_of(t) == function.name]
        near += [emission.to for emission in function.emits]
        near.append(function.name)
        for name in dict.fromkeys(near):
            element = architecture.element(name)
            fits = isinstance(element, Queue | Topic | Function | Bus)
            if not fits or getattr(element, "fifo", False) or getattr(element, "is_pipe", False):
                continue
            for path in ("on_success", "on_failure"):
                before = getattr(function.asynchronous, path)
                if before is None:
                    says = f"{path} of {function.name} is set, to {name}"
                    full = f"asynchronous.{path}"
                    yield _edit(
                        "destination-added", says, Part.FUNCTION, function.name, full, None, name
                    )


def _switched_on(architecture: Architecture) -> Iterator[Edit]:
    kind = "switched-on"
    for function in _functions(architecture):
        if function.switched_off:
            says, path = f"{function.name} is switched on again", "reserved_concurrency"
            yield _edit(kind, says, Part.FUNCTION, function.name, path, 0, None)
    yield from _on_triggers(kind, "enabled", True, "{} is switched on again")(architecture)


def _lost_filter(architecture: Architecture) -> Iterator[Edit]:
    yield from _on_triggers("lost-filter", "filter", NO_FILTER, "{} has lost its filter")(
        architecture
    )
    for path, after in (("prefix", ""), ("suffix", "")):
        says = f"{{}} has lost its {path}"
        yield from _on_triggers("lost-filter", path, after, says)(architecture)
    everything = ("ObjectCreated:*",)
    says = "{} takes every new object"
    yield from _on_triggers("lost-filter", "events", everything, says, Notification)(architecture)


_EVERY: Sequence[Mistake] = (
    Mistake(
        "wrong-target",
        "A function writes to another resource of the same kind.",
        "The wrong environment variable, or a copied stack whose names were not all changed. Give "
        "the role permission for the one resource it needs: then the mistake is an error, no loop.",
        _wrong_target,
    ),
    Mistake(
        "wrong-trigger",
        "A trigger listens to another resource of the same kind.",
        "A mapping or subscription that was pointed at the neighbour, by name or by output.",
        _wrong_trigger,
    ),
    Mistake(
        "wrong-dead-letter",
        "A dead-letter queue or destination is another resource of the same kind.",
        "The ARN of the source queue instead of the dead-letter queue is the usual one.",
        _wrong_dead_letter,
    ),
    Mistake(
        "lineage-dropped",
        "A function no longer passes the lineage on.",
        "An old SDK, a bundled one, or a wrapper that drops the trace header: Lambda's recursion "
        "detection starts counting anew at each hop (SDK-MIN).",
        _on_functions(
            "lineage-dropped",
            "sdk",
            Sdk.UNSUPPORTED,
            "the SDK of {} drops the lineage",
            Sdk.UNKNOWN,
        ),
    ),
    Mistake(
        "allow",
        "A function is allowed to recurse.",
        "`RecursiveLoop: Allow` was set for one purpose and stayed (REC-MODE).",
        _on_functions(
            "allow", "recursive_loop", RecursiveLoop.ALLOW, "{} is allowed to recurse (Allow)"
        ),
    ),
    Mistake(
        "switched-on",
        "A function or mapping that was switched off is on again.",
        "Reserved concurrency 0 and disabled mappings are undone by the next deployment.",
        _switched_on,
    ),
    Mistake(
        "lost-filter",
        "A trigger's filter is lost.",
        "A filter is the only thing between a function and its own output in many designs.",
        _lost_filter,
    ),
    Mistake(
        "wider-prefix",
        "A trigger takes a wider prefix.",
        "`thumbs/small/` became `thumbs/`: what was disjoint is not any more (S3-FILTER).",
        _wider_prefix,
    ),
    Mistake(
        "lost-guard",
        "A function no longer looks at a condition before it writes.",
        "A refactoring dropped the depth check or the early return.",
        _lost_guard,
    ),
    Mistake(
        "lost-redrive",
        "A queue has no redrive policy.",
        "Without one a message that always fails is received until its retention is over "
        "(SQS-NODLQ).",
        _on_queues("lost-redrive", "redrive", None, "{} has lost its redrive policy"),
    ),
    Mistake(
        "max-receive-count",
        "A queue's maxReceiveCount is 1, or as high as it can be.",
        "It multiplies the worst case at every round of a loop (SQS-MAXRECV).",
        _receive_count,
    ),
    Mistake(
        "more-retries",
        "Retries are back at AWS's default.",
        "Asynchronous invocations are retried twice, stream records until they expire, unless "
        "somebody says otherwise (ASYNC-RETRY-DEFAULT, STR-RETRY).",
        _more_retries,
    ),
    Mistake(
        "batch-size",
        "A mapping's batch size is 1, or as large as it can be.",
        "A batch shares the greatest lineage of its messages (REC-BATCH).",
        _batch_size,
    ),
    Mistake(
        "fifo",
        "A queue is of the other type.",
        "A FIFO queue starts a message's clock again in its dead-letter queue (SQS-DLQ-CLOCK).",
        _fifo,
    ),
    Mistake(
        "visibility-zero",
        "A queue's visibility timeout is 0.",
        "A message that comes back at once does not grow older (SQS-VT).",
        _on_queues("visibility-zero", "visibility_timeout", 0, "{} has visibility timeout 0"),
    ),
    Mistake(
        "destination-added",
        "A function got a destination.",
        "Somebody wants to see the results and sends them where the function reads, or the "
        "failures back to be tried again.",
        _destination,
    ),
)
CATALOGUE: dict[str, Mistake] = {one.name: one for one in _EVERY}
"""All mistakes by name."""
