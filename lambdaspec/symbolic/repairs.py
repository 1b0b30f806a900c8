"""The catalogue of repairs: changes that can stop a loop, with what each costs in behaviour.

Costs order the repairs by how much of what the architecture does is lost: a setting costs little, a
new resource more, a switch that stops the work most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import evolve, frozen

from lambdaspec.architecture.elements import (
    Architecture,
    Bucket,
    Emission,
    Function,
    Notification,
    Queue,
    QueueMapping,
    RecursiveLoop,
    Redrive,
    Rule,
    Sdk,
    StreamMapping,
    Table,
    Topic,
    target_of,
)
from lambdaspec.architecture.entries import sent_to
from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.symbolic.edits import Change, Edit, Part

HOPS = "hops"
"""The integer that a repair adds to payloads to count rounds."""

ROUNDS = 10
"""How many rounds a guard that a repair adds lets through."""

RECEIVES = 5
"""The maxReceiveCount of a redrive policy that a repair adds."""


@frozen
class Repair:
    """One kind of repair: how `--only` names it, what it does, and all edits that make it."""

    name: str
    what: str
    make: Callable[[Architecture], Iterator[Edit]]


def repairs(architecture: Architecture, only: tuple[str, ...] = ()) -> list[Edit]:
    """Every single repair that can be made in an architecture.

    Raises:
        ValueError: there is no repair of such a name.

    """
    unknown = [name for name in only if name not in REPAIRS]
    if unknown:
        raise ValueError(f"there is no repair `{unknown[0]}`; there are {', '.join(REPAIRS)}")
    kinds = [one for one in REPAIRS.values() if not only or one.name in only]
    return [edit for kind in kinds for edit in kind.make(architecture)]


def _functions(architecture: Architecture) -> Iterator[Function]:
    return (f for f in architecture.functions.values() if not f.is_pipe)


def _emissions(architecture: Architecture) -> Iterator[tuple[Function, int, Emission]]:
    for function in _functions(architecture):
        for position, emission in enumerate(function.emits):
            if not emission.by_platform:
                yield function, position, emission


def _terminate(architecture: Architecture) -> Iterator[Edit]:
    for function in _functions(architecture):
        if function.recursive_loop is RecursiveLoop.ALLOW:
            change = Change(
                Part.FUNCTION,
                function.name,
                "recursive_loop",
                RecursiveLoop.ALLOW,
                RecursiveLoop.TERMINATE,
            )
            yield Edit(
                "terminate",
                f"set RecursiveLoop of {function.name} to Terminate",
                (change,),
                1,
                "recursion that is intended is cut after 16 rounds",
            )


def _newer_sdk(architecture: Architecture) -> Iterator[Edit]:
    for function in _functions(architecture):
        if function.sdk in (Sdk.UNSUPPORTED, Sdk.UNKNOWN):
            change = Change(Part.FUNCTION, function.name, "sdk", function.sdk, Sdk.SUPPORTED)
            yield Edit(
                "newer-sdk",
                f"give {function.name} an SDK that passes the lineage on",
                (change,),
                2,
                "none: Lambda can count the rounds again",
            )


def _redrive(architecture: Architecture) -> Iterator[Edit]:
    for queue in list(architecture.channels.values()):
        if not isinstance(queue, Queue) or queue.redrive is not None:
            continue
        letters = _fresh(architecture, f"{queue.name}DeadLetters")
        added = Change(Part.CHANNEL, letters, "", None, Queue(letters, fifo=queue.fifo))
        policy = Redrive(letters, RECEIVES)
        yield Edit(
            "redrive",
            f"give {queue.name} a redrive policy to a new queue {letters}, after {RECEIVES} receives",
            (added, Change(Part.CHANNEL, queue.name, "redrive", None, policy)),
            3,
            f"a message that fails {RECEIVES} times is set aside instead of tried until it expires",
        )


def _disjoint_prefix(architecture: Architecture) -> Iterator[Edit]:
    """What comes in and what is written get prefixes that cannot both match (S3-PREFIX-PROOF)."""
    for function, position, emission in _emissions(architecture):
        if not isinstance(architecture.element(emission.to), Bucket):
            continue
        told = [
            (str(place), t)
            for place, t in enumerate(architecture.triggers)
            if (isinstance(t, Notification) and t.source == emission.to)
            or (isinstance(t, Rule) and t.bucket == emission.to)
        ]
        path = f"emits.{position}.key"
        changes = [Change(Part.FUNCTION, function.name, path, emission.key, "outgoing/{}")]
        for place, trigger in told:
            if isinstance(trigger, Notification | Rule) and not trigger.prefix:
                changes.append(Change(Part.TRIGGER, place, "prefix", "", "incoming/"))
        if any(
            isinstance(t, Notification | Rule) and "outgoing/".startswith(t.prefix) and t.prefix
            for _, t in told
        ):
            continue
        narrowed = len(changes) > 1
        yield Edit(
            "disjoint-prefix",
            f"let {function.name} write below outgoing/ of {emission.to}"
            + (", and let what listens there listen to incoming/ only" if narrowed else ""),
            tuple(changes),
            3,
            f"what others write into {emission.to} counts only below incoming/"
            if narrowed
            else f"who reads what {function.name} writes finds it below outgoing/",
        )


def _correct_target(architecture: Architecture) -> Iterator[Edit]:
    """Resources of the same kind that nothing sends to: perhaps one of them was meant."""
    sent = {name for found in sent_to(architecture).values() for name in found}
    for function, position, emission in _emissions(architecture):
        this = architecture.element(emission.to)
        for name, channel in architecture.channels.items():
            if type(channel) is type(this) and name not in sent and name != emission.to:
                path = f"emits.{position}.to"
                yield Edit(
                    "correct-target",
                    f"let {function.name} write to {name}, to which nothing else is sent, "
                    f"instead of {emission.to}",
                    (Change(Part.FUNCTION, function.name, path, emission.to, name),),
                    3,
                    f"who reads what {function.name} writes has to read {name}",
                )


def _separate(architecture: Architecture) -> Iterator[Edit]:
    for function, position, emission in _emissions(architecture):
        element = architecture.element(emission.to)
        if not isinstance(element, Queue | Topic | Bucket | Table):
            continue
        name = _fresh(architecture, f"{emission.to}Results")
        made: Queue | Topic | Bucket | Table = type(element)(name)
        if isinstance(element, Queue | Topic):
            made = evolve(element, name=name, span=None)
        if isinstance(made, Queue):
            made = evolve(made, redrive=None)
        kind = type(element).__name__.lower()
        yield Edit(
            "separate-resource",
            f"let {function.name} write to a {kind} of its own, {name}, instead of {emission.to}",
            (
                Change(Part.CHANNEL, name, "", None, made),
                Change(Part.FUNCTION, function.name, f"emits.{position}.to", emission.to, name),
            ),
            4,
            f"who reads what {function.name} writes has to read {name}",
        )


def _guard(architecture: Architecture) -> Iterator[Edit]:
    for function, position, emission in _emissions(architecture):
        path = f"emits.{position}"
        when = (*emission.when, Guard(HOPS, below=ROUNDS))
        updates = (*emission.updates, Update(HOPS, 1, adds=True))
        fields = [g.field for g in emission.when] + [u.field for u in emission.updates]
        if HOPS in fields:
            continue
        yield Edit(
            "guard",
            f"let {function.name} count rounds in the event and write to {emission.to} at most "
            f"{ROUNDS} times in a row",
            (
                Change(Part.FUNCTION, function.name, f"{path}.when", emission.when, when),
                Change(Part.FUNCTION, function.name, f"{path}.updates", emission.updates, updates),
            ),
            5,
            "an event that has gone round that often is not written any more",
        )


def _disable(architecture: Architecture) -> Iterator[Edit]:
    for place, trigger in enumerate(architecture.triggers):
        if isinstance(trigger, QueueMapping | StreamMapping | Rule) and trigger.enabled:
            target = target_of(trigger)
            yield Edit(
                "disable-mapping",
                f"disable the trigger from {trigger.source} to {target}",
                (Change(Part.TRIGGER, str(place), "enabled", True, False),),
                20,
                f"{target} gets nothing from {trigger.source} any more",
            )


def _switch_off(architecture: Architecture) -> Iterator[Edit]:
    for function in _functions(architecture):
        if not function.switched_off:
            change = Change(
                Part.FUNCTION,
                function.name,
                "reserved_concurrency",
                function.reserved_concurrency,
                0,
            )
            yield Edit(
                "switch-off",
                f"set the reserved concurrency of {function.name} to 0",
                (change,),
                25,
                f"{function.name} does not run at all: what arrives waits, expires or is dropped",
            )


def _fresh(architecture: Architecture, name: str) -> str:
    taken = {*architecture.functions, *architecture.channels}
    number, found = 2, name
    while found in taken:
        found, number = f"{name}{number}", number + 1
    return found


_EVERY = (
    Repair("terminate", "RecursiveLoop back to Terminate.", _terminate),
    Repair("newer-sdk", "An SDK that passes the lineage on (SDK-MIN).", _newer_sdk),
    Repair("redrive", "A redrive policy and its target.", _redrive),
    Repair("disjoint-prefix", "Disjoint prefixes for input and output.", _disjoint_prefix),
    Repair("correct-target", "A resource that nothing sends to, as the target.", _correct_target),
    Repair("separate-resource", "A resource of its own for the output.", _separate),
    Repair("guard", "A counter in the event with a bound.", _guard),
    Repair("disable-mapping", "A mapping or rule disabled.", _disable),
    Repair("switch-off", "Reserved concurrency 0 (CONC-ZERO).", _switch_off),
)
REPAIRS: dict[str, Repair] = {one.name: one for one in _EVERY}
"""All repairs by name, cheapest first."""
