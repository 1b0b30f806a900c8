"""All configurations within some edits in one flow: each hop with the edits that it needs.

A site is expanded under every combination of edits that makes a difference there; the hops that a
combination adds are labelled with it. What edits take away stays in, so the superposition lets
happen whatever any configuration lets happen, and more: that it is bounded is a proof for all of
them, that it is not is a suspicion about the labels.

Which edits can make a difference at a site is not written down anywhere: the expansion itself is
watched, and what it reads is looked up among what the edits touch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from attrs import define, evolve, field, frozen

from lambdaspec.architecture.elements import (
    Architecture,
    Channel,
    Function,
    Queue,
    StreamMapping,
    Trigger,
    mapping_name,
)
from lambdaspec.flow.build import enter, expand, mark_company, signs
from lambdaspec.flow.graph import Flow, Kind, Play, Step
from lambdaspec.semantics.settings import Settings
from lambdaspec.symbolic.edits import Edit, Part, changed, conflict

T = TypeVar("T")
Needs = tuple[int, ...]
"""Edits by their place in the list, ascending."""


@frozen
class Superposition:
    """The flow of all configurations, and which edits each hop needs."""

    flow: Flow
    needs: tuple[Needs, ...]


def superpose(settings: Settings, edits: Sequence[Edit], within: int) -> Superposition:
    """The superposition of all configurations with at most `within` of the edits made."""
    return _Builder(settings, edits, within).build()


class _Watch(Mapping[str, T]):
    """A table with some entries replaced, that remembers which ones were looked at."""

    def __init__(self, base: Mapping[str, T], over: Mapping[str, T], reads: set[str]) -> None:
        self.base, self.over, self.reads = base, over, reads

    def __getitem__(self, name: str) -> T:
        self.reads.add(name)
        return self.peek(name)

    def peek(self, name: str) -> T:
        return self.over[name] if name in self.over else self.base[name]

    def __contains__(self, name: object) -> bool:
        return name in self.base

    def __iter__(self) -> Iterator[str]:
        return iter(self.base)

    def __len__(self) -> int:
        return len(self.base)


class _Watched(Architecture):
    """An architecture that is being watched; asking for an element's kind reads nothing of it."""

    __slots__ = ()

    def element(self, name: str) -> Function | Channel:
        for table in (self.functions, self.channels):
            if name in table and isinstance(table, _Watch):
                found: Function | Channel = table.peek(name)
                return found
        raise KeyError(name)

    def queue(self, name: str) -> Queue:
        found = self.channels[name]
        if not isinstance(found, Queue):
            raise TypeError(f"{name} is no queue")
        return found


class _Local(Settings):
    """Settings of which one site is expanded, with few things changed."""

    def __init__(
        self, whole: Settings, architecture: Architecture, by_source: Callable[[str], list[Trigger]]
    ) -> None:
        super().__init__(architecture, whole.scale, whole.readings)
        self.by_source = by_source

    def triggers(self, source: str) -> list[Trigger]:
        return self.by_source(source)

    @property
    def stream_mappings(self) -> Mapping[str, StreamMapping]:  # type: ignore[override]
        return _Mappings(self)


class _Mappings(Mapping[str, StreamMapping]):
    """Stream mappings by name, looked up by their source."""

    def __init__(self, settings: _Local) -> None:
        self.settings = settings

    def __getitem__(self, name: str) -> StreamMapping:
        for place in range(len(name)):
            if name.startswith("->", place):
                for one in self.settings.triggers(name[:place]):
                    if isinstance(one, StreamMapping) and one.enabled and mapping_name(one) == name:
                        return one
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        raise TypeError("stream mappings are only looked up here")

    def __len__(self) -> int:
        raise TypeError("stream mappings are only looked up here")


@frozen
class _Seen:
    """What an expansion gave: its hops by what tells them apart, its plays, and what it read."""

    hops: dict[tuple[object, ...], Step]
    plays: tuple[tuple[Play, tuple[tuple[object, ...], ...]], ...]
    reads: frozenset[str]


@define
class _Builder:
    settings: Settings
    edits: Sequence[Edit]
    within: int
    touching: dict[str, list[int]] = field(factory=dict)
    sources: dict[str, list[tuple[int, Trigger]]] = field(factory=dict)
    clashes: dict[tuple[int, int], bool] = field(factory=dict)

    def build(self) -> Superposition:
        for place, edit in enumerate(self.edits):
            for name in self._touched(edit):
                self.touching.setdefault(name, []).append(place)
        for number, trigger in enumerate(self.settings.architecture.triggers):
            self.sources.setdefault(trigger.source, []).append((number, trigger))
        flow = Flow(self.settings, signs=signs(self.settings))
        needs: list[Needs] = []
        self._combinations(lambda chosen: self._entered(flow, chosen))
        done = 0
        while done < flow.size:
            self._site(flow, done, needs)
            done += 1
        flow.settings = self.settings
        mark_company(flow)
        return Superposition(flow, tuple(needs))

    def _touched(self, edit: Edit) -> Iterable[str]:
        for change in edit.changes:
            if change.part is not Part.TRIGGER:
                yield change.name
                continue
            before = self.settings.architecture.triggers[int(change.name)]
            yield "@" + before.source
            after = changed(before, change)
            if after is not None:
                yield "@" + after.source

    def _site(self, flow: Flow, number: int, needs: list[Needs]) -> None:
        site = flow.sites[number]
        writes = range(1)
        if site.kind is Kind.RUN:  # emissions do not depend on each other
            writes = range(len(self.settings.function(site.element).emits))
        for position in writes:
            only = position if site.kind is Kind.RUN else None
            self._labelled(flow, number, needs, only)

    def _labelled(self, flow: Flow, number: int, needs: list[Needs], only: int | None) -> None:
        known: dict[tuple[object, ...], list[tuple[Needs, int]]] = {}

        def seen(chosen: Needs) -> _Seen:
            made = self._expanded(flow, number, chosen, only)
            index: dict[tuple[object, ...], int] = {}
            for key, step in made.hops.items():
                labels = known.setdefault(key, [])
                found = next((i for label, i in labels if set(label) <= set(chosen)), None)
                if found is None:
                    found = flow.add(step)
                    needs.append(chosen)
                    labels.append((chosen, found))
                index[key] = found
            for play, keys in made.plays:
                flow.play(number, play.rank, [index[key] for key in keys])
            return made

        self._combinations(seen)

    def _combinations(self, seen: Callable[[Needs], _Seen]) -> None:
        """Look at a place under every combination of edits that may make a difference there."""
        first = seen(())
        todo: list[tuple[Needs, _Seen, Iterable[int] | None]] = [((), first, None)]
        met: set[Needs] = {()}
        while todo:
            chosen, here, only = todo.pop()
            if len(chosen) >= self.within:
                continue
            near = {e for name in here.reads for e in self.touching.get(name, ())}
            for edit in sorted(near if only is None else near.intersection(only)):
                more = tuple(sorted({*chosen, edit}))
                if more in met or any(self._clash(edit, other) for other in chosen):
                    continue
                met.add(more)
                there = seen(more)
                idle = there.hops.keys() == here.hops.keys()
                todo.append((more, there, self._same_element(edit) if idle else None))

    def _same_element(self, place: int) -> list[int]:
        """Edits of what an edit is about: only with them can one that did nothing come to matter."""
        mine = {change.slot[:2] for change in self.edits[place].changes}
        near = {e for name in self._touched(self.edits[place]) for e in self.touching[name]}
        return [e for e in near if any(c.slot[:2] in mine for c in self.edits[e].changes)]

    def _clash(self, one: int, other: int) -> bool:
        key = (min(one, other), max(one, other))
        if one == other:
            return True
        if key not in self.clashes:
            self.clashes[key] = conflict(self.edits[one], self.edits[other])
        return self.clashes[key]

    def _expanded(self, flow: Flow, number: int, chosen: Needs, only: int | None) -> _Seen:
        reads: set[str] = set()
        flow.settings = self._local(chosen, reads, flow.sites[number].element, only)
        before, plays = len(flow.steps), flow.plays.pop(number, [])
        try:
            expand(flow, number)
        except KeyError:  # what the site is about is not there under these edits
            del flow.steps[before:]
            flow.plays.pop(number, None)
        added = flow.steps[before:]
        made = flow.plays.pop(number, [])
        del flow.steps[before:]
        if plays:
            flow.plays[number] = plays
        keys = [_key(step) for step in added]
        together = tuple((play, tuple(keys[i - before] for i in play.hops)) for play in made)
        hops = {
            key: step if only is None else evolve(step, position=only)
            for key, step in zip(keys, added, strict=True)
        }
        return _Seen(hops, together, frozenset(reads))

    def _entered(self, flow: Flow, chosen: Needs) -> _Seen:
        reads: set[str] = set()
        flow.settings = self._local(chosen, reads, "", None)
        before = dict(flow.entry_sites)
        enter(flow)
        sites = flow.entry_sites.items()
        flow.entry_sites = {n: [*dict.fromkeys([*before.get(n, []), *s])] for n, s in sites}
        step = Step(0, 0, role=None)  # type: ignore[arg-type]
        return _Seen({("entered", *flow.starts): step}, (), frozenset(reads))

    def _local(self, chosen: Needs, reads: set[str], element: str, only: int | None) -> _Local:
        whole = self.settings.architecture
        functions: dict[str, Function] = {}
        channels: dict[str, Channel] = {}
        triggers: dict[int, Trigger] = {}
        for change in (change for place in chosen for change in self.edits[place].changes):
            if change.part is Part.TRIGGER:
                number = int(change.name)
                triggers[number] = changed(triggers.get(number, whole.triggers[number]), change)
            elif change.part is Part.FUNCTION:
                function = functions.get(change.name, whole.functions[change.name])
                functions[change.name] = changed(function, change)
            else:
                channel = channels.get(change.name, whole.channels[change.name])
                channels[change.name] = changed(channel, change)
        if only is not None:
            this = functions.get(element, whole.functions[element])
            functions[element] = evolve(this, emits=(this.emits[only],))
        watched = _Watched(
            whole.name,
            _Watch(whole.functions, functions, reads),
            _Watch(whole.channels, channels, reads),
            whole.triggers,
            whole.entries,
        )

        def by_source(source: str) -> list[Trigger]:
            reads.add("@" + source)
            kept: list[Any] = [
                triggers.get(number, trigger) for number, trigger in self.sources.get(source, [])
            ]
            came = [one for number, one in triggers.items() if self._came(number, one, source)]
            return [one for one in [*kept, *came] if one is not None and one.source == source]

        return _Local(self.settings, watched, by_source)

    def _came(self, number: int, trigger: Trigger | None, source: str) -> bool:
        """Whether a changed trigger listens here that did not listen here before."""
        before = self.settings.architecture.triggers[number].source
        return trigger is not None and trigger.source == source != before


def _key(step: Step) -> tuple[object, ...]:
    trigger = step.trigger
    about = None if trigger is None else (type(trigger).__name__, trigger.source)
    return (step.target, step.role, id(step.effect), step.work, step.times, step.rule, about)
