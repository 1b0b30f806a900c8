"""Explicit search: breadth first over packed states, shortest counterexamples, fair lassos.

The search knows a model as a `System`: states are integers, a step is a label and a difference, and
steps come in bundles that many states share. So that a step costs an addition and a look-up.
`always` and `sometimes` are decided while the states are visited; `eventually` afterwards, by the
strongly connected components of the part in which the goal has not been met: nothing is carried
along the paths. Every answer comes with the bounds under which it holds.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Protocol

from attrs import define, field, frozen

from lambdaspec.errors import LambdaspecError
from lambdaspec.kernel.paths import components
from lambdaspec.kernel.properties import Party, Property, Word

CHECKED_EVERY = 1_024
"""How many states are expanded between two looks at the clock and the memory."""


Bundle = Sequence[tuple[int, int]]
"""Steps that go together: pairs (label, difference between the state after and the state before).

The same bundle must be the same object wherever it is given."""


class Crowded(LambdaspecError):
    """A state is too full for the way in which states are packed."""


class System(Protocol):
    """A model as the search sees it."""

    def initial(self) -> Iterable[int]:
        """The states in which a run may begin."""
        ...

    def bundles(self, state: int) -> Sequence[Bundle]:
        """Everything that can happen next."""
        ...

    def reduced(self, state: int, visible: Callable[[int], bool], /) -> Bundle:
        """Some of the steps that stand for all, if none of their labels is visible.

        Taking only such steps must come to an end, so that nothing is put off for ever.
        """
        ...

    def holds(self, one: Property, label: int | None, state: int) -> bool:
        """Whether the predicate holds at the step with this label into this state."""
        ...

    def party(self, label: int) -> Party:
        """Who takes the steps with this label."""
        ...


@frozen
class Limits:
    """When to give up.

    Attributes:
        states: how many states may be visited.
        memory: how many MB the process may use.
        seconds: how long it may take.

    """

    states: int = 5_000_000
    memory: int = 8_000
    seconds: float = 3_600.0


@frozen
class Progress:
    """Where the search stands.

    `expected` is a guess from how the last levels grew, None while they still grow.
    """

    states: int
    frontier: int
    depth: int
    rate: float
    expected: int | None


@frozen
class Run:
    """A run: an initial state and (label, state) pairs; from `repeats` on it goes round."""

    start: int
    steps: tuple[tuple[int, int], ...]
    repeats: int | None = None


@frozen
class Answer:
    """What is known of one property.

    Attributes:
        holds: True, False, or None where the search gave up.
        run: the counterexample of an `always` or `eventually`, the witness of a `sometimes`.
        met: at how many steps the predicate held; 0 with a property that holds is a warning.

    """

    property: Property
    holds: bool | None
    run: Run | None = None
    met: int = 0


@frozen
class Explored:
    """The end of a search.

    `stopped` says why it gave up, None when every state was visited.
    """

    answers: tuple[Answer, ...]
    states: int
    steps: int
    depth: int
    seconds: float
    stopped: str | None = None

    @property
    def rate(self) -> float:
        """States per second."""
        return self.states / self.seconds if self.seconds else 0.0


@define
class Search:
    """One search; `parent` and `frontier` are what a checkpoint keeps."""

    system: System
    properties: Sequence[Property]
    limits: Limits = Limits()
    reduce: bool = False
    tell: Callable[[Progress], None] | None = None
    parent: dict[int, int] = field(factory=dict)
    frontier: list[int] = field(factory=list)
    depth: int = 0
    steps: int = 0
    found: dict[str, Run] = field(factory=dict)
    met: dict[str, int] = field(factory=dict)
    levels: list[int] = field(factory=list)
    began: float = field(factory=time.monotonic)
    told: float = 0.0

    def run(self) -> Explored:
        """Visit all states, or as many as the limits allow, and answer every property."""
        if not self.parent:
            for state in self.system.initial():
                self.parent[state] = state
                self.frontier.append(state)
                self._look(state, None, state)
        stopped = None
        while self.frontier and stopped is None and not self._settled():
            try:
                stopped = self._level()
            except Crowded as error:
                stopped = str(error)
        settled = bool(self.frontier) and stopped is None
        answers = tuple(self._answer(one, stopped) for one in self.properties)
        seconds = time.monotonic() - self.began
        if settled:
            stopped = "every question was answered before all states were visited"
        return Explored(answers, len(self.parent), self.steps, self.depth, seconds, stopped)

    def _settled(self) -> bool:
        wanted = [one for one in self.properties if one.name not in self.found]
        return bool(self.properties) and not wanted

    def _level(self) -> str | None:
        """Expand every state of the frontier; why to stop, if that is so."""
        parent, system = self.parent, self.system
        asked = [one for one in self.properties if one.word is not Word.EVENTUALLY]
        by_state = [one for one in asked if not one.of_steps]
        by_step = [one for one in asked if one.of_steps]
        hot: dict[int, bool] = {}
        following: list[int] = []
        taken = 0
        for place, state in enumerate(self.frontier):
            if place % CHECKED_EVERY == 0:
                reason = self._exhausted(len(self.frontier) - place + len(following))
                if reason is not None:
                    self.frontier = self.frontier[place:] + following
                    self.steps += taken
                    return reason
            for bundle in self._reduced(state, by_step) if self.reduce else system.bundles(state):
                taken += len(bundle)
                if by_step:
                    seen = hot.get(id(bundle))
                    if seen is None:
                        asked_of = any(self._interesting(by_step, n, state) for n, _ in bundle)
                        seen = hot[id(bundle)] = asked_of
                    if seen:
                        for label, difference in bundle:
                            self._look(state, label, state + difference)
                for _, difference in bundle:
                    target = state + difference
                    if target not in parent:
                        parent[target] = state
                        following.append(target)
                if by_state:
                    for label, difference in bundle:
                        if parent[state + difference] == state:
                            self._look(state, label, state + difference)
        self.steps += taken
        self.levels.append(len(following))
        self.frontier = following
        self.depth += bool(following)
        return None

    def _interesting(self, by_step: Sequence[Property], label: int, target: int) -> bool:
        """Whether a kind of step violates or meets a property of steps."""
        return any(
            self.system.holds(one, label, target) is (one.word is Word.SOMETIMES) for one in by_step
        )

    def _look(self, state: int, label: int | None, target: int) -> None:
        """Ask the properties about a step, and keep the first run that answers one."""
        for one in self.properties:
            if one.word is Word.EVENTUALLY:
                continue
            good = self.system.holds(one, label, target)
            self.met[one.name] = self.met.get(one.name, 0) + good
            if good is (one.word is Word.SOMETIMES) and one.name not in self.found:
                way = self._way(state)
                steps = way.steps if label is None else (*way.steps, (label, target))
                self.found[one.name] = Run(way.start, steps)

    def _reduced(self, state: int, by_step: Sequence[Property]) -> Sequence[Bundle]:
        """A part of the steps that stands for all, where the system knows one."""
        some = self.system.reduced(state, lambda label: self._interesting(by_step, label, state))
        return [some] if some else self.system.bundles(state)

    def _way(self, state: int) -> Run:
        """The run by which a state was reached for the first time: a shortest one."""
        chain = [state]
        while self.parent[chain[-1]] != chain[-1]:
            chain.append(self.parent[chain[-1]])
        chain.reverse()
        return _run(self.system, chain)

    def _exhausted(self, frontier: int) -> str | None:
        states, now = len(self.parent), time.monotonic()
        if self.tell is not None and now - self.told >= 1:
            self.told = now
            rate = states / max(now - self.began, 1e-9)
            self.tell(Progress(states, frontier, self.depth, rate, self._expected()))
        if states > self.limits.states:
            return f"more than {self.limits.states:,} states"
        if now - self.began > self.limits.seconds:
            return f"more than {self.limits.seconds:,.0f} s"
        if memory() > self.limits.memory:
            return f"more than {self.limits.memory:,} MB"
        return None

    def _expected(self) -> int | None:
        """The states in the end, if the levels go on shrinking as they do."""
        if len(self.levels) < 3 or not 0 < self.levels[-1] < self.levels[-2]:
            return None
        shrinks = self.levels[-1] / self.levels[-2]
        return len(self.parent) + int(self.levels[-1] * shrinks / (1 - shrinks))

    def _answer(self, one: Property, stopped: str | None) -> Answer:
        met = self.met.get(one.name, 0)
        if one.word is Word.EVENTUALLY:
            if stopped is not None:
                return Answer(one, None)
            return Answer(one, *_eventually(self, one))
        run = self.found.get(one.name)
        if run is not None:
            return Answer(one, one.word is Word.SOMETIMES, run, met)
        if stopped is not None:
            return Answer(one, None, met=met)
        return Answer(one, one.word is Word.ALWAYS, met=met)


def memory() -> int:
    """The most memory the process has used, in MB."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _eventually(search: Search, one: Property) -> tuple[bool, Run | None, int]:
    """Whether the goal is met on every fair run; else a run that ends or goes round without it."""
    system = search.system
    without = [s for s in search.parent if not system.holds(one, None, s)]
    met = len(search.parent) - len(without)
    number = {state: place for place, state in enumerate(without)}
    reached = _reach_without(search, number)
    inside: list[list[tuple[int, int]]] = []
    for state in without:
        after = successors(system, state) if state in reached else []
        if state in reached and not after:
            return False, _way_without(search, reached, state), met
        inside.append([(n, number[t]) for n, t in after if t in number])
    best: Run | None = None
    for members in components([[t for _, t in after] for after in inside]):
        if not any(t in set(members) for place in members for _, t in inside[place]):
            continue
        found = _fair_lap(system, without, inside, members)
        if found is None or without[found[0]] not in reached:
            continue
        start, steps = without[found[0]], found[1]
        way = _way_without(search, reached, start)
        run = Run(way.start, way.steps + steps, len(way.steps))
        if best is None or len(run.steps) < len(best.steps):
            best = run
    return best is None, best, met


def _reach_without(search: Search, number: dict[int, int]) -> dict[int, int]:
    """The states that are reached without the goal, each with the one before it."""
    todo = [s for s in search.system.initial() if s in number]
    reached = dict.fromkeys(todo, -1)
    for state in todo:
        for _, target in successors(search.system, state):
            if target in number and target not in reached:
                reached[target] = state
                todo.append(target)
    return reached


def _way_without(search: Search, reached: dict[int, int], state: int) -> Run:
    chain = [state]
    while reached[chain[-1]] != -1:
        chain.append(reached[chain[-1]])
    chain.reverse()
    return _run(search.system, chain)


def _run(system: System, chain: Sequence[int]) -> Run:
    """The run through these states, in order."""
    steps = []
    for before, after in pairwise(chain):
        label = next(n for n, target in successors(system, before) if target == after)
        steps.append((label, after))
    return Run(chain[0], tuple(steps))


def successors(system: System, state: int) -> list[tuple[int, int]]:
    """Pairs (label, state after it)."""
    return [(n, state + more) for bundle in system.bundles(state) for n, more in bundle]


Lap = tuple[int, tuple[tuple[int, int], ...]]
"""A place, and the (label, state) pairs of a closed walk from there."""

MOST_TRIED = 50
"""How many places are tried as the beginning of a short fair cycle."""


def _fair_lap(
    system: System,
    states: Sequence[int],
    inside: Sequence[Sequence[tuple[int, int]]],
    members: Sequence[int],
) -> Lap | None:
    """A closed walk that treats everybody fairly: a short one if that is found, else one that
    visits all that must be visited; None if no walk in the component is fair.
    """
    visits = _fair_cycle(system, states, inside, members)
    if visits is None:
        return None
    best: Lap = visits[0][0], _closed(inside, states, visits)
    for place in sorted(members)[:MOST_TRIED]:
        steps = tuple(_between(inside, states, place, place))
        if len(steps) < len(best[1]) and _is_fair(system, steps):
            best = place, steps
    return best


def _is_fair(system: System, steps: Sequence[tuple[int, int]]) -> bool:
    """Whether whoever can act at every state of a closed walk acts in it."""
    acting = {system.party(label) for label, _ in steps}
    able = [{system.party(n) for n, _ in successors(system, state)} for _, state in steps]
    return set.intersection(*able) <= acting


Visit = tuple[int, tuple[int, int] | None]
"""A place that a fair walk must come to, and the step that it must take there, if any."""


def _fair_cycle(
    system: System,
    states: Sequence[int],
    inside: Sequence[Sequence[tuple[int, int]]],
    members: Sequence[int],
) -> list[Visit] | None:
    """What a fair walk in a component must visit, None if no walk in it is fair.

    A party is treated fairly if it acts in the component, or cannot act somewhere in it.
    """
    within = set(members)
    acting: dict[Party, Visit] = {}
    able: dict[int, set[Party]] = {}
    for place in members:
        able[place] = {system.party(n) for n, _ in successors(system, states[place])}
        for label, target in inside[place]:
            if target in within:
                acting.setdefault(system.party(label), (place, (label, target)))
    visits = dict.fromkeys(acting.values())
    for party in set[Party]().union(*able.values()) - acting.keys():
        rests = next((place for place in members if party not in able[place]), None)
        if rests is None:
            return None
        visits[rests, None] = None
    return list(visits)


def _closed(
    inside: Sequence[Sequence[tuple[int, int]]], states: Sequence[int], visits: Sequence[Visit]
) -> tuple[tuple[int, int], ...]:
    """A closed walk through all visits, by shortest ways, that moves at least once."""
    start = here = visits[0][0]
    steps: list[tuple[int, int]] = []
    for place, step in visits:
        if place != here:
            steps += _between(inside, states, here, place)
            here = place
        if step is not None:
            steps.append((step[0], states[step[1]]))
            here = step[1]
    if here != start or not steps:
        steps += _between(inside, states, here, start)
    return tuple(steps)


def _between(
    inside: Sequence[Sequence[tuple[int, int]]], states: Sequence[int], here: int, there: int
) -> list[tuple[int, int]]:
    before: dict[int, tuple[int, int]] = {}
    todo = [here]
    for place in todo:
        for label, target in inside[place]:
            if target not in before:
                before[target] = (label, place)
                todo.append(target)
        if there in before:
            break
    steps, place = list[tuple[int, int]](), there
    while not steps or place != here:
        label, source = before[place]
        steps.append((label, states[place]))
        place = source
    steps.reverse()
    return steps
