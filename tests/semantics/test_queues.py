"""SQS and its event source mappings."""

from __future__ import annotations

import pytest

from lambdaspec.architecture.elements import Function, Queue, QueueMapping, Redrive
from lambdaspec.semantics.assumptions import Readings
from lambdaspec.semantics.state import Deliver, Fail, FifoGroup, Message, Move, Return, Throttle
from tests.support.build import Driver, arch


def driver(queue: Queue, *others: Queue, events: int = 1, **mapping: object) -> Driver:
    one = QueueMapping("Q", "F", **{"batch_size": 2, **mapping})  # type: ignore[arg-type]
    return Driver(arch([Function("F")], [queue, *others], [one], "Q"), events=events)


def messages(run: Driver) -> list[Message]:
    return [m for m in run.at(Message) if isinstance(m, Message)]


def deliveries(run: Driver) -> int:
    """Fail every delivery; how many there are until the message leaves the queue."""
    done = 0
    while any(isinstance(action, Deliver) for action in run.actions):
        run.first(Deliver)
        run.first(Fail)
        done += 1
    return done


@pytest.mark.parametrize("most", [1, 3, 10])
def test_a_message_is_delivered_max_receive_count_times_then_moves(most: int) -> None:
    run = driver(Queue("Q", redrive=Redrive("D", most)), Queue("D"))
    assert deliveries(run) == most
    run.first(Move)
    assert [m.queue for m in messages(run)] == ["D"]
    assert messages(run)[0].receives == 0


def test_without_a_redrive_policy_it_comes_back_until_retention_is_over() -> None:
    run = driver(Queue("Q", visibility_timeout=30, retention=100))
    assert deliveries(run) == 4  # at 0, 30, 60 and 90 seconds
    assert run.state.entities == ()


def test_success_deletes_the_batch() -> None:
    run = driver(Queue("Q"), events=2)
    run.first(Deliver, lambda a: isinstance(a, Deliver) and len(a.messages) == 2)
    run.finish()
    assert run.state.entities == ()


def test_failure_brings_the_whole_batch_back() -> None:
    run = driver(Queue("Q"), events=2)
    run.first(Deliver, lambda a: isinstance(a, Deliver) and len(a.messages) == 2)
    run.first(Fail)
    assert [m.receives for m in messages(run)] == [1, 1]


def test_a_partial_response_brings_back_only_what_failed() -> None:
    run = driver(Queue("Q"), events=2, partial_batch=True)
    run.first(Deliver, lambda a: isinstance(a, Deliver) and len(a.messages) == 2)
    run.first(Return, lambda a: isinstance(a, Return) and a.failed == (1,))
    assert [m.receives for m in messages(run)] == [1]


def test_a_partial_response_counts_only_if_it_is_asked_for() -> None:
    run = driver(Queue("Q"), events=2)
    run.first(Deliver, lambda a: isinstance(a, Deliver) and len(a.messages) == 2)
    assert [a.failed for a in run.actions if isinstance(a, Return)] == [()]


def test_a_throttled_batch_counts_as_received_without_an_execution() -> None:
    run = driver(Queue("Q", redrive=Redrive("D", 1)), Queue("D"))
    assert run.first(Throttle).invoked is None
    run.first(Move)
    assert run.invoked == []


def test_a_standard_move_keeps_the_clock() -> None:
    run = driver(Queue("Q", visibility_timeout=30, redrive=Redrive("D", 2)), Queue("D"))
    deliveries(run)
    run.first(Move)
    assert messages(run)[0].age == 60_000


def test_a_fifo_move_sets_the_clock_back() -> None:
    run = driver(Queue("Q", fifo=True, redrive=Redrive("D", 2)), Queue("D", fifo=True))
    deliveries(run)
    run.first(Move)
    (group,) = run.at(FifoGroup)
    assert isinstance(group, FifoGroup)
    assert (group.queue, group.items[0].age) == ("D", 0)


@pytest.mark.parametrize("keeps", [True, False])
def test_a_move_keeps_the_lineage_only_if_it_is_read_so(keeps: bool) -> None:
    mapping = QueueMapping("Q", "F", 1)
    queues = [Queue("Q", redrive=Redrive("D", 1)), Queue("D")]
    run = Driver(
        arch([Function("F")], queues, [mapping], "Q"),
        readings=Readings(queue_dlq_keeps_lineage=keeps),
    )
    run.state = run.state.of([Message("Q", lineage=(("F", 4),), receives=1)])
    run.first(Move)
    assert messages(run)[0].lineage == ((("F", 4),) if keeps else ())


def test_a_fifo_queue_hands_out_nothing_while_its_head_is_processed() -> None:
    run = driver(Queue("Q", fifo=True), events=2)
    run.first(Deliver)
    assert not any(isinstance(action, Deliver | Throttle) for action in run.actions)
    run.first(Fail)
    (group,) = run.at(FifoGroup)
    assert isinstance(group, FifoGroup)
    assert [m.receives for m in group.items] == [1, 0]


def test_a_disabled_mapping_delivers_nothing() -> None:
    assert driver(Queue("Q"), enabled=False).actions == []


def test_a_function_that_is_switched_off_gets_nothing_but_receives_count() -> None:
    mapping = QueueMapping("Q", "F", 1)
    function = Function("F", reserved_concurrency=0)
    queues = [Queue("Q", redrive=Redrive("D", 1)), Queue("D")]
    run = Driver(arch([function], queues, [mapping], "Q"))
    assert not any(isinstance(action, Deliver) for action in run.actions)
    run.first(Throttle)
    run.first(Move)
    assert run.invoked == []
