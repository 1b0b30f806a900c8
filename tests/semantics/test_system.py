"""The machine as a model: it satisfies the kernel's protocol and repeats itself exactly."""

from __future__ import annotations

from hypothesis import given, settings

from lambdaspec.architecture.elements import Architecture
from lambdaspec.kernel.model import Model
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.state import Action, AsyncEvent, Attempt, Message, Move, State
from lambdaspec.semantics.system import Machine, well_formed
from lambdaspec.semantics.world import World
from tests.support.architectures import architectures, scales
from tests.support.build import Driver, arch, writer


def model(machine: Machine) -> Model[State, Action]:
    """The type checker says whether a machine is a model."""
    return machine


@settings(max_examples=60)
@given(architectures(), scales())
def test_actions_come_in_the_same_order_and_are_all_enabled(
    architecture: Architecture, scale: Scale
) -> None:
    one = model(Machine(World(architecture, scale)))
    other = model(Machine(World(architecture, scale)))
    todo = list(one.initial_states())
    assert todo == list(other.initial_states())
    for _ in range(40):
        if not todo:
            break
        state = todo.pop()
        actions = list(one.actions(state))
        assert actions == list(other.actions(state))
        for action in actions:
            after = one.step(state, action)
            assert after is not None
            assert well_formed(Machine(World(architecture, scale)), after)
            todo.append(after)


def test_what_is_not_enabled_is_none_and_never_an_exception() -> None:
    driver = Driver(arch([writer("F", "F")]))
    assert driver.machine.step(driver.state, Attempt(AsyncEvent("F", attempts=2))) is None
    assert driver.machine.step(State(), Attempt(AsyncEvent("F"))) is None
    assert driver.machine.step(State(), Move(Message("Q"))) is None
