"""Recursive loop detection."""

from __future__ import annotations

from lambdaspec.architecture.elements import (
    Emission,
    Function,
    Invoke,
    Queue,
    QueueMapping,
    RecursiveLoop,
    Redrive,
    Sdk,
    StreamMapping,
    Table,
)
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.state import (
    Attempt,
    Deliver,
    Emit,
    Fail,
    Message,
    Poll,
    Return,
)
from tests.support.build import Driver, arch, writer


def self_loop(**changes: object) -> Driver:
    function = Function("F", emits=(Emission("Q"),), **changes)  # type: ignore[arg-type]
    queues = [Queue("Q", redrive=Redrive("D", 2)), Queue("D")]
    return Driver(arch([function], queues, [QueueMapping("Q", "F", 1)], "Q"), scale=Scale(cutoff=3))


def rounds(driver: Driver, most: int) -> int:
    """How often the message goes round before it is refused."""
    for done in range(most):
        if driver.first(Deliver).invoked is None:
            return done
        driver.finish()
    return most


def test_the_next_invocation_after_the_cutoff_is_refused() -> None:
    assert rounds(self_loop(), 10) == 3


def test_the_limit_of_aws_is_sixteen() -> None:
    function = writer("F", "Q")
    driver = Driver(arch([function], [Queue("Q")], [QueueMapping("Q", "F", 1)]))
    assert rounds(driver, 30) == 16


def test_allow_is_never_refused() -> None:
    assert rounds(self_loop(recursive_loop=RecursiveLoop.ALLOW), 10) == 10


def test_an_old_sdk_loses_the_lineage() -> None:
    assert rounds(self_loop(sdk=Sdk.UNSUPPORTED), 10) == 10
    assert rounds(self_loop(sdk=Sdk.UNKNOWN), 10) == 10


def test_a_retry_is_not_a_recursion() -> None:
    driver = self_loop()
    driver.first(Deliver)
    driver.first(Fail)
    (message,) = driver.at(Message)
    assert isinstance(message, Message)
    assert message.lineage == ()
    assert driver.first(Deliver).invoked == "F"
    assert driver.running()[0].lineage == (("F", 1),)


def test_a_batch_counts_as_the_maximum_of_its_messages() -> None:
    driver = self_loop()
    mapping = QueueMapping("Q", "F", 2)
    queues = [Queue("Q", redrive=Redrive("D", 2)), Queue("D")]
    driver = Driver(arch([writer("F", "Q")], queues, [mapping], "Q"), scale=Scale(cutoff=3))
    young, old = Message("Q"), Message("Q", lineage=(("F", 2),))
    driver.state = driver.state.of([young, old])
    change = driver.do(Deliver("Q->F", (young, old)))
    assert change.invoked == "F"
    assert driver.running()[0].lineage == (("F", 3),)


def test_a_refused_batch_takes_its_innocent_messages_with_it() -> None:
    mapping = QueueMapping("Q", "F", 2)
    queues = [Queue("Q", redrive=Redrive("D", 2)), Queue("D")]
    driver = Driver(arch([writer("F", "Q")], queues, [mapping], "Q"), scale=Scale(cutoff=3))
    young, old = Message("Q"), Message("Q", lineage=(("F", 3),))
    driver.state = driver.state.of([young, old])
    change = driver.do(Deliver("Q->F", (young, old)))
    assert change.invoked is None
    assert change.rule == "CUT-SQS"
    assert sorted(m.receives for m in driver.at(Message) if isinstance(m, Message)) == [1, 1]


def test_a_refused_call_is_an_exception_at_the_caller() -> None:
    function = Function("F", emits=(Emission("F", invoke=Invoke.SYNC),))
    driver = Driver(arch([function]), scale=Scale(cutoff=2))
    driver.first(Attempt)
    assert driver.first(Emit).invoked == "F"
    change = driver.first(Emit)
    assert (change.invoked, change.rule) == (None, "CUT-SYNC")
    driver.finish()
    assert driver.invoked == ["F", "F"]


def test_a_table_loses_the_lineage() -> None:
    driver = Driver(
        arch([writer("F", "T")], [Table("T")], [StreamMapping("T", "F")]), scale=Scale(cutoff=1)
    )
    for _ in range(5):
        assert driver.first(Poll).invoked == "F"
        driver.first(Emit)
        driver.first(Return)


def test_each_function_counts_for_itself() -> None:
    functions = [writer("F", "G"), writer("G", "F")]
    driver = Driver(arch(functions), scale=Scale(cutoff=2))
    for expected in ("F", "G", "F", "G", None):
        assert driver.first(Attempt).invoked == expected
        driver.finish()


def test_a_cut_asynchronous_event_goes_to_the_dead_letter_queue_unexecuted() -> None:
    from lambdaspec.architecture.elements import AsyncConfig

    function = Function("F", asynchronous=AsyncConfig(dead_letter="D"), emits=(Emission("F"),))
    driver = Driver(arch([function], [Queue("D")], entry="F"), scale=Scale(cutoff=1))
    driver.first(Attempt)
    driver.finish()
    change = driver.first(Attempt)
    assert (change.invoked, change.rule) == (None, "CUT-ASYNC")
    assert driver.at(Message) == [Message("D", lineage=(("F", 1),))]
