"""Where events from outside arrive when an architecture does not say it."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from lambdaspec.architecture.elements import (
    Architecture,
    Entry,
    Evidence,
    External,
    Function,
    MoveTask,
    Queue,
    Rule,
    StreamMapping,
    Subscription,
    Trigger,
    target_of,
)
from lambdaspec.architecture.services import LogGroup, Schedule, Workflow


def default_entries(architecture: Architecture) -> Architecture:
    """The same architecture, with an entry wherever something outside can write.

    That is every channel to which something listens, every function that nothing in the
    architecture triggers or invokes, and, for functions that only invoke each other, the first of
    each group that would otherwise stay out of reach. What only weak evidence leads to is an entry
    too: a check that leaves such evidence out would never look at it.
    """
    strong = architecture.restricted(Evidence.CONFIGURED)
    chosen = dict.fromkeys([*_entries(architecture), *_entries(strong)])
    entries = tuple(Entry(name, span=architecture.element(name).span) for name in chosen)
    return evolve(architecture, entries=entries)


def _entries(architecture: Architecture) -> list[str]:
    targets = sent_to(architecture)
    aimed = {target for found in targets.values() for target in found}
    listened = [t.source for t in architecture.triggers if not _inner(architecture, t)]
    by_others = {target for name, found in targets.items() for target in found if target != name}
    listened += [name for name in _workflows(architecture) if name not in by_others]
    roots = [name for name in architecture.functions if name not in aimed]
    chosen = list(dict.fromkeys([*listened, *roots]))
    reached = _reach(targets, chosen)
    for name in architecture.functions:
        if name not in reached:
            chosen.append(name)
            reached |= _reach(targets, [name])
    return chosen


def _workflows(architecture: Architecture) -> list[str]:
    return [name for name, c in architecture.channels.items() if isinstance(c, Workflow)]


def _inner(architecture: Architecture, trigger: Trigger) -> bool:
    """Whether only what the architecture itself does comes this way: its logs, its schedules."""
    source = architecture.channels.get(trigger.source)
    return isinstance(source, LogGroup | Schedule) or isinstance(trigger, MoveTask)


def _reach(targets: dict[str, list[str]], names: Iterable[str]) -> set[str]:
    todo = list(names)
    reached = set(todo)
    while todo:
        for target in targets.get(todo.pop(), ()):
            if target not in reached:
                reached.add(target)
                todo.append(target)
    return reached


def sent_to(architecture: Architecture) -> dict[str, list[str]]:
    """For each function and channel, what it can send something to."""
    found: dict[str, list[str]] = {}
    for name, function in architecture.functions.items():
        config = function.asynchronous
        places = (config.dead_letter, config.on_success, config.on_failure)
        found[name] = _written(function) + [place for place in places if place is not None]
    for name, channel in architecture.channels.items():
        if isinstance(channel, External):
            found[name] = _written(channel)
        elif isinstance(channel, Queue) and channel.redrive is not None:
            found[name] = [channel.redrive.to]
        elif isinstance(channel, Workflow):
            found[name] = [task.to for task in channel.tasks.values() if task.to is not None]
    for trigger in architecture.triggers:
        known = found.setdefault(trigger.source, [])
        known.append(target_of(trigger))
        if isinstance(trigger, StreamMapping) and trigger.on_failure is not None:
            known.append(trigger.on_failure)
        elif isinstance(trigger, Subscription | Rule) and trigger.dead_letter is not None:
            known.append(trigger.dead_letter)
    return found


def _written(emitter: Function | External) -> list[str]:
    return [emission.to for emission in emitter.emits]
