"""Table streams and data streams."""

from __future__ import annotations

import pytest

from lambdaspec.architecture.elements import Function, Queue, Stream, StreamMapping
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.state import AgeOut, Fail, Message, Poll, Return, Shard
from tests.support.build import Driver, arch


def driver(events: int = 1, pace: int = 1, **mapping: object) -> Driver:
    one = StreamMapping("S", "F", **mapping)  # type: ignore[arg-type]
    made = arch([Function("F")], [Stream("S"), Queue("D")], [one], "S")
    return Driver(made, events=events, scale=Scale(stream_pace=pace))


def attempts(run: Driver, **poll: int) -> int:
    done = 0
    while any(isinstance(action, Poll) for action in run.actions):
        wanted = poll.get("strangers", 0) if not done else 0
        polls = [a for a in run.actions if isinstance(a, Poll) and a.strangers == wanted]
        run.do(polls[0])
        run.first(Fail)
        done += 1
    return done


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_retries_do_not_count_the_first_attempt(retries: int) -> None:
    assert attempts(driver(max_retry_attempts=retries)) == retries + 1


def test_minus_one_retries_until_the_record_expires() -> None:
    assert attempts(driver(max_retry_attempts=-1, pace=20_000_000)) == 5  # 86,400 s in 20,000 s
    assert attempts(driver(max_record_age=60, pace=20_000)) == 3


@pytest.mark.parametrize(("size", "halvings"), [(2, 1), (3, 2), (8, 3), (100, 7)])
def test_bisection_adds_attempts_that_use_up_no_retry(size: int, halvings: int) -> None:
    run = driver(max_retry_attempts=1, bisect=True, batch_size=size)
    assert attempts(run, strangers=size - 1) == halvings + 2


def test_a_failing_batch_blocks_its_shard() -> None:
    run = driver(events=2, batch_size=1, max_retry_attempts=3)
    run.first(Poll)
    run.first(Fail)
    (shard,) = run.at(Shard)
    assert isinstance(shard, Shard)
    assert (len(shard.stuck), len(shard.waiting)) == (1, 1)
    run.first(Poll)
    assert run.running()[0].source.batch.attempts == 1  # type: ignore[union-attr]


def test_with_partial_responses_everything_from_the_first_failure_on_is_retried() -> None:
    run = driver(events=3, batch_size=3, partial_batch=True)
    run.first(Poll, lambda a: isinstance(a, Poll) and a.count == 3)
    run.first(Return, lambda a: isinstance(a, Return) and a.failed == (1, 2))
    (shard,) = run.at(Shard)
    assert isinstance(shard, Shard)
    assert len(shard.stuck[0].records) == 2


def test_what_is_given_up_goes_to_the_destination_without_payload_and_lineage() -> None:
    run = driver(max_retry_attempts=0, on_failure="D")
    attempts(run)
    assert run.at(Message) == [Message("D")]


def test_a_record_can_expire_without_an_attempt() -> None:
    run = driver(on_failure="D")
    run.first(AgeOut)
    assert run.invoked == []
    assert run.at(Message) == [Message("D")]
