"""Two tellings, one answer: the decision, the bounds and the replay against search on the machine.

Each shard is its own Hypothesis run with its own seed, so that they run in parallel; each prints
how many architectures it compared and how. CI compares at least 2,000.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from attrs import evolve
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from lambdaspec.architecture.elements import Architecture, Emission
from lambdaspec.architecture.guards import Update
from lambdaspec.decide import decide_architecture
from lambdaspec.flow.bounds import entry_counts, total
from lambdaspec.flow.build import build
from lambdaspec.flow.graph import AGE, Flow, Kind, Role
from lambdaspec.kernel.certificate import sealed
from lambdaspec.kernel.checker import verify
from lambdaspec.kernel.counters import Values
from lambdaspec.kernel.lasso import explore
from lambdaspec.kernel.verdict import Bounded, Unbounded
from lambdaspec.replay import replay
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.settings import Settings
from lambdaspec.semantics.state import Change, Entity, Invocation, State
from lambdaspec.semantics.system import Machine
from lambdaspec.semantics.world import World
from lambdaspec.sites import site_of
from tests.support.architectures import KINDS, SERVICES, architectures, scales
from tests.support.counting import altogether, one_by_one, parts, reachable_entities

KINDS_OF = (tuple(sorted(KINDS)), tuple(sorted(KINDS)), tuple(sorted(KINDS)), SERVICES)
"""One shard in four has mostly services outside Lambda's own."""

SHARDS = 8
PER_SHARD = 275 if os.environ.get("CI") else 60


def machine(architecture: Architecture, scale: Scale) -> Machine:
    return Machine(World(architecture, scale))


SUMS = [
    Update("n", 0, False, (("n", 1),), 2),
    Update("n", 1, False, (("n", 2),)),
    Update("n", 0, False, (("n", 2),)),
    Update("n", 1, False, (("n", -1),)),
    Update("n", 1, False, (("n", 1),)),
]


def with_sums(architecture: Architecture, choice: int) -> Architecture:
    """The architecture with everything that is added to `n` set to a sum instead."""

    def changed(emission: Emission) -> Emission:
        updates = tuple(SUMS[choice] if one.adds else one for one in emission.updates)
        return evolve(emission, updates=updates)

    functions = {
        name: evolve(f, emits=tuple(changed(one) for one in f.emits))
        for name, f in architecture.functions.items()
    }
    return evolve(architecture, functions=functions)


def drawn(shard: int) -> st.SearchStrategy[Architecture]:
    """Architectures of some kinds; in the last shards with sums of fields."""
    plain = architectures(kinds=KINDS_OF[shard % 4])
    return plain if shard < SHARDS else st.builds(with_sums, plain, st.integers(0, 4))


@pytest.mark.parametrize("shard", range(SHARDS + 2))
def test_decision_bounds_and_replay_agree_with_the_machine(
    shard: int, report: Callable[[str, Counter[str]], None]
) -> None:
    tally: Counter[str] = Counter()

    @seed(1_000 + shard)
    @settings(max_examples=PER_SHARD)
    @given(drawn(shard), scales())
    def compare(architecture: Architecture, scale: Scale) -> None:
        tally["generated"] += 1
        counted = one_by_one(machine(architecture, scale))
        if counted is None:
            tally["too large to count"] += 1
            return
        decided = decide_architecture(Settings(architecture, scale))
        tally[decided.verdict.word] += 1
        match decided.verdict:
            case Bounded(certificate=proof):
                verify(sealed(proof))
                worst = total(entry_counts(decided.flow, nominal=False).values())
                nominal = total(entry_counts(decided.flow, nominal=True).values())
                assert counted.most is not None, "decided bounded, but the machine goes on"
                assert (worst.least, worst.most) == (counted.most, counted.most)
                assert nominal.most is not None
                assert nominal.most <= counted.most
                if counted.most < 12:
                    whole = altogether(machine(architecture, scale), most_states=1_500)
                    if whole is not None:
                        tally["whole systems"] += 1
                        assert whole.most == counted.most
            case Unbounded(lassos=lassos):
                assert counted.most is None, "decided unbounded, but the machine ends"
                for lasso in lassos:
                    replay(decided.flow, machine(architecture, scale), lasso)
                    tally["lassos replayed"] += 1
            case _:
                raise AssertionError(decided.verdict)

    compare()
    report("architectures on which decision, bounds and replay were compared", tally)
    assert tally["bounded"] + tally["unbounded"] >= PER_SHARD * 0.8


def moves(change: Change, held: Machine) -> Iterator[tuple[Entity, Entity]]:
    """Pairs (before, after) of one event, as far as a change tells them apart."""
    for before in parts(held, change.consumed):
        for after in parts(held, change.produced):
            yield before, after


def hop_exists(flow: Flow, before: Entity, after: Entity) -> bool:
    """Whether some hop of the flow, or two where the machine takes one step, leads there."""
    start, end = site_of(before, flow), site_of(after, flow)
    if start is None or end is None or start == end:
        return True
    source, target = flow.find(start[0]), flow.find(end[0])
    assert source is not None, f"the machine is at {start[0]}, which the flow does not have"
    if target is None:
        return False
    todo = [(source, dict(start[1]))]
    for _ in range(2):
        following = []
        for site, values in todo:
            for step in flow.steps:
                if step.source == site and step.effect.admits(values):
                    reached = step.effect.apply(values)
                    if step.target == target and reached == dict(end[1]):
                        return True
                    following.append((step.target, reached))
        todo = following
    return False


@pytest.mark.parametrize("shard", range(2))
def test_every_step_of_the_machine_is_a_hop_of_the_flow(
    shard: int, report: Callable[[str, Counter[str]], None]
) -> None:
    tally: Counter[str] = Counter()
    taken: set[tuple[Kind, Role]] = set()

    @seed(2_000 + shard)
    @settings(max_examples=PER_SHARD)
    @given(architectures(functions=2), scales())
    def follow(architecture: Architecture, scale: Scale) -> None:
        tally["architectures"] += 1
        held = machine(architecture, scale)
        flow = build(Settings(architecture, scale))
        todo = [e for s in held.initial_states() for e in parts(held, s.entities)]
        seen = set(todo)
        while todo and len(seen) < 300:
            entity = todo.pop()
            state = State((entity,))
            if isinstance(entity, Invocation) and entity.source.__class__.__name__ == "SyncCall":
                continue
            for action in held.actions(state):
                change = held.change(state, action)
                assert change is not None
                for before, after in moves(change, held):
                    plain = not isinstance(before, Invocation) and not (
                        isinstance(after, Invocation) and after.child is not None
                    )
                    if plain:
                        tally["steps"] += 1
                        assert hop_exists(flow, before, after), (action, before, after)
                for after in parts(held, change.produced):
                    if after not in seen:
                        seen.add(after)
                        todo.append(after)
        taken.update((flow.sites[s.source].kind, s.role) for s in flow.steps)

    follow()
    report("machine steps that were looked for in the flow", tally)
    assert tally["steps"] > PER_SHARD


def lives(flow: Flow, site: int, values: Values) -> bool:
    """Whether the machine rests in a configuration; what is spent it gives up at once."""
    kind = flow.sites[site].kind
    if kind is Kind.QUEUE:
        queue = flow.sites[site].element
        return values.get((AGE, ""), 0) < flow.settings.retention(queue)
    if kind in (Kind.TRIED, Kind.RECORD):
        steps = [step for step in flow.steps if step.source == site and step.role is Role.DELIVER]
        return not steps or any(step.effect.admits(values) for step in steps)
    return True


@pytest.mark.parametrize("shard", range(2))
def test_every_configuration_of_the_flow_is_one_of_the_machine(
    shard: int, report: Callable[[str, Counter[str]], None]
) -> None:
    tally: Counter[str] = Counter()

    @seed(3_000 + shard)
    @settings(max_examples=PER_SHARD)
    @given(architectures(functions=2, channels=2), scales())
    def compare(architecture: Architecture, scale: Scale) -> None:
        held = machine(architecture, scale)
        flow = build(Settings(architecture, scale))
        explored = explore(flow, budget=400)
        entities = reachable_entities(held, most=2_000)
        if not explored.complete or entities is None:
            tally["too large"] += 1
            return
        found = [site_of(entity, flow) for entity in entities if single(entity)]
        seen = {(s, frozenset(v.items())) for pair in found if pair for s, v in [pair]}
        for site, pairs in explored.configs:
            if lives(flow, site, dict(pairs)):
                tally["configurations"] += 1
                assert (flow.sites[site], pairs) in seen, (flow.sites[site], dict(pairs))
        tally["architectures"] += 1

    compare()
    report("configurations of the flow that were looked for on the machine", tally)
    assert tally["architectures"] > PER_SHARD * 0.5


def single(entity: Entity) -> bool:
    """Whether an entity stands for one event: a batch of several does not."""
    return not (isinstance(entity, Invocation) and len(entity.records) > 1)
