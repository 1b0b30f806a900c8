"""The packed machine and the machine: the same states, the same steps."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, seed, settings

from lambdaspec.architecture.elements import (
    Architecture,
    Emission,
    Function,
    Queue,
    QueueMapping,
)
from lambdaspec.kernel.properties import always
from lambdaspec.kernel.search import Crowded, Limits, Search, successors
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.packed import MOST_EQUAL, Packed
from lambdaspec.semantics.queues import MOST_VISIBLE
from lambdaspec.semantics.state import Message, State
from lambdaspec.semantics.system import Machine, well_formed
from lambdaspec.semantics.world import World
from tests.support.architectures import architectures, scales
from tests.support.build import arch, writer

CASES = 150 if os.environ.get("CI") else 50


def plain(machine: Machine, state: State) -> set[State]:
    found = set()
    for action in machine.actions(state):
        after = machine.step(state, action)
        assert after is not None
        found.add(after)
    return found


def crowd(state: State) -> int:
    return max(
        Counter(e.queue for e in state.entities if isinstance(e, Message)).values(), default=0
    )


@pytest.mark.parametrize("events", [1, 2])
def test_packed_states_are_those_of_the_machine(
    events: int, report: Callable[[str, Counter[str]], None]
) -> None:
    tally: Counter[str] = Counter()

    @seed(5_000 + events)
    @settings(max_examples=CASES)
    @given(architectures(functions=2), scales())
    def compare(architecture: Architecture, scale: Scale) -> None:
        machine = Machine(World(architecture, scale), events)
        packed = Packed(machine)
        todo = list(packed.initial())
        seen = set(todo)
        while todo and len(seen) < 150:
            state = todo.pop(0)
            shown = packed.unpack(state)
            assert well_formed(machine, shown)
            try:
                assert packed.pack(shown) == state
                after = {target for _, target in successors(packed, state)}
            except Crowded:
                tally["crowded"] += 1
                return
            if crowd(shown) <= MOST_VISIBLE:
                assert {packed.unpack(one) for one in after} == plain(machine, shown)
                tally["states"] += 1
            fresh = [one for one in after if one not in seen]
            seen.update(fresh)
            todo += sorted(fresh, key=lambda one: repr(packed.unpack(one)))
        tally["architectures"] += 1

    compare()
    report("states of the packed machine whose steps were compared with the machine's", tally)
    assert tally["states"] > CASES


def test_too_many_equal_things_are_said_to_be_too_many() -> None:
    burst = Function("F", emits=(Emission("Q", times=MOST_EQUAL + 1),))
    made = arch([burst], [Queue("Q")], [QueueMapping("Q", "F", 1)])
    search = Search(Packed(Machine(World(made, Scale(cutoff=2)))), [], Limits(states=5_000))
    assert "equal things" in str(search.run().stopped)


def test_a_reduced_search_answers_alike_with_fewer_states() -> None:
    fan = writer("F", "Q", "Q")
    made = arch([fan, writer("G", "F", "F", "F")], [Queue("Q")], entry="G")

    def quiet(moment: object) -> bool:
        change = getattr(moment, "change", None)
        return change is None or not change.lost

    lossless = always("nothing is lost", quiet, of_steps=True)
    sizes = []
    for reduce in (False, True):
        packed = Packed(Machine(World(made, Scale(cutoff=1))))
        found = Search(packed, [lossless], Limits(states=60_000), reduce).run()
        assert found.answers[0].holds is False
        sizes.append(found.states)
    assert sizes[1] <= sizes[0]
