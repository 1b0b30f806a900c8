"""The tests must have teeth: each mutant of the semantics is caught by the test named beside it.

A mutant changes one rule of the machine. The named test, run on the mutant, has to fail; a mutant
that survives fails the build.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from attrs import evolve, frozen

from lambdaspec.architecture.elements import Retries
from lambdaspec.architecture.services import RouteKind
from lambdaspec.semantics import (
    asynchronous,
    buses,
    duplicates,
    invocation,
    notices,
    queues,
    recursion,
    settings,
    streams,
    workflows,
    world,
)
from lambdaspec.semantics.state import AsyncEvent, Counts, Message, counts
from tests.semantics import (
    test_asynchronous,
    test_invocation,
    test_notices,
    test_queues,
    test_recursion,
    test_services,
    test_streams,
)


@frozen
class Mutant:
    """A wrong rule: what is replaced by what, and the test that must notice."""

    name: str
    owner: Any
    attribute: str
    replacement: Any
    caught_by: Callable[..., None]
    arguments: tuple[Any, ...] = ()


def _minimum(lineages: Iterable[Counts]) -> Counts:
    every = [dict(one) for one in lineages]
    names = {name for one in every for name in one}
    return counts({name: min(one.get(name, 0) for one in every) for name in names})


def _one_more_receive(world_: Any, message: Message) -> bool:
    most = world_.max_receives(message.queue)
    return most is not None and message.receives > most


_received = queues._received
_deliver = buses.deliver
_hand_over = notices.hand_over
_move = queues.move
_send = world.World.send
_admit = recursion.admit
_failed = asynchronous.failed
_finished = streams.finished


def _retry_counted(w: Any, message: Message) -> Message | None:
    back = _received(w, message)
    return None if back is None else evolve(back, lineage=(("F", 1),))


def _moved_with(clock: Callable[[bool, int], int]) -> Callable[..., Any]:
    def move(w: Any, state: Any, message: Message) -> Any:
        change = _move(w, state, message)
        if change is None:
            return None
        age = clock(w.architecture.queue(message.queue).fifo, message.age)
        produced = tuple(
            evolve(e, age=age) if isinstance(e, Message) else e for e in change.produced
        )
        return evolve(change, produced=produced)

    return move


def _lineage_kept_everywhere(
    self: Any, target: str, payload: Any, lineage: Any, *rest: Any, **more: Any
) -> Any:
    sent = _send(self, target, payload, lineage, *rest, **more)
    return tuple(evolve(e, lineage=lineage) if hasattr(e, "lineage") else e for e in sent)


def _async_counts_retries(w: Any, run: Any, event: Any) -> Any:
    change = _failed(w, run, event)
    produced = tuple(
        evolve(e, lineage=()) if isinstance(e, AsyncEvent) else e for e in change.produced
    )
    return evolve(change, produced=produced)


MUTANTS = [
    Mutant(
        "cutoff one too late",
        recursion,
        "admit",
        lambda w, f, lineage: _admit(
            type(w)(w.architecture, evolve(w.scale, cutoff=w.scale.cutoff + 1), w.readings),
            f,
            lineage,
        ),
        test_recursion.test_the_next_invocation_after_the_cutoff_is_refused,
    ),
    Mutant(
        "Allow is refused too",
        recursion,
        "admit",
        lambda w, f, lineage: (
            None
            if dict(lineage).get(f, 0) >= 3
            else counts({**dict(lineage), f: dict(lineage).get(f, 0) + 1})
        ),
        test_recursion.test_allow_is_never_refused,
    ),
    Mutant(
        "retry counted as recursion",
        queues,
        "_received",
        _retry_counted,
        test_recursion.test_a_retry_is_not_a_recursion,
    ),
    Mutant(
        "minimum instead of maximum over the batch",
        queues,
        "merge",
        _minimum,
        test_recursion.test_a_batch_counts_as_the_maximum_of_its_messages,
    ),
    Mutant(
        "receive count off by one",
        queues,
        "exhausted",
        _one_more_receive,
        test_queues.test_a_message_is_delivered_max_receive_count_times_then_moves,
        (3,),
    ),
    Mutant(
        "a refused delivery does not count as received",
        queues,
        "_received",
        lambda w, message: evolve(message, age=message.age + 1),
        test_queues.test_a_throttled_batch_counts_as_received_without_an_execution,
    ),
    Mutant(
        "a standard DLQ move sets the clock back",
        queues,
        "move",
        _moved_with(lambda fifo, age: 0),
        test_queues.test_a_standard_move_keeps_the_clock,
    ),
    Mutant(
        "a FIFO DLQ move keeps the clock",
        queues,
        "move",
        _moved_with(lambda fifo, age: age),
        test_queues.test_a_fifo_move_sets_the_clock_back,
    ),
    Mutant(
        "retention never ends",
        settings.Settings,
        "retention",
        lambda self, queue: 200_000,
        test_queues.test_without_a_redrive_policy_it_comes_back_until_retention_is_over,
    ),
    Mutant(
        "partial responses without being asked for",
        invocation,
        "reportable",
        lambda w, inner: iter([(0,)]),
        test_queues.test_a_partial_response_counts_only_if_it_is_asked_for,
    ),
    Mutant(
        "lineage kept over a bus",
        world.World,
        "send",
        _lineage_kept_everywhere,
        test_asynchronous.test_a_bus_as_destination_loses_the_lineage,
    ),
    Mutant(
        "an old SDK passes the lineage on",
        settings.Settings,
        "passes_lineage",
        lambda self, function: True,
        test_recursion.test_an_old_sdk_loses_the_lineage,
    ),
    Mutant(
        "lineage kept over DynamoDB",
        streams,
        "admit",
        lambda w, f, lineage: _admit(w, f, ((f, w.scale.cutoff - 1),)) and None,
        test_recursion.test_a_table_loses_the_lineage,
    ),
    Mutant(
        "one asynchronous retry too many",
        settings.Settings,
        "async_retries",
        lambda self, function: 3,
        test_asynchronous.test_attempts_are_bounded_by_retries_and_age,
        (None, None, 3),
    ),
    Mutant(
        "event age is ignored",
        settings.Settings,
        "async_age",
        lambda self, function: 10**9,
        test_asynchronous.test_attempts_are_bounded_by_retries_and_age,
        (2, 60, 2),
    ),
    Mutant(
        "an asynchronous failure forgets that it ran",
        asynchronous,
        "failed",
        _async_counts_retries,
        test_asynchronous.test_a_retry_does_not_count_in_the_lineage,
    ),
    Mutant(
        "a dead-letter queue or a destination, not both",
        asynchronous,
        "failure_records",
        lambda w, f, payload, lineage: w.send("D", payload, lineage),
        test_asynchronous.test_a_failed_event_goes_to_the_dead_letter_queue_and_the_destination,
    ),
    Mutant(
        "a stream retries for ever by default, whatever is set",
        settings.Settings,
        "record_retries",
        lambda self, mapping: 7,
        test_streams.test_retries_do_not_count_the_first_attempt,
        (1,),
    ),
    Mutant(
        "bisection uses up retries",
        streams,
        "_halves",
        lambda batch: (evolve(batch, strangers=0, attempts=batch.attempts + 1),),
        test_streams.test_bisection_adds_attempts_that_use_up_no_retry,
        (8, 3),
    ),
    Mutant(
        "a bucket ignores its filters",
        notices,
        "key_can_match",
        lambda key, prefix, suffix: True,
        test_notices.test_a_bucket_notifies_where_prefix_suffix_and_event_fit,
    ),
    Mutant(
        "guards are ignored",
        invocation,
        "holds",
        lambda guards, payload: True,
        test_invocation.test_a_guard_keeps_an_emission_from_happening,
    ),
    Mutant(
        "a bus passes on to a third one",
        buses,
        "deliver",
        lambda w, rule, notice, relayed: _deliver(w, rule, notice, relayed=False),
        test_services.test_a_bus_does_not_pass_on_to_a_third_one,
    ),
    Mutant(
        "what bounces is delivered all the same",
        notices,
        "hand_over",
        lambda w, action: _hand_over(w, evolve(action, bounced=False)),
        test_services.test_what_a_rule_cannot_deliver_goes_to_its_dead_letter_queue,
    ),
    Mutant(
        "Cognito tries twice",
        settings.Settings,
        "route_attempts",
        lambda self, route: 2,
        test_services.test_routes_repeat_a_failed_request_as_often_as_they_do,
        (RouteKind.COGNITO, 3),
    ),
    Mutant(
        "callers wait for ever",
        invocation,
        "may_abandon",
        lambda w, run: False,
        test_services.test_a_caller_that_stops_waiting_calls_again_while_the_callee_runs_on,
        (Retries.LEGACY, 5),
    ),
    Mutant(
        "a history does not grow",
        workflows,
        "_later",
        lambda w, execution: execution,
        test_services.test_a_catch_goes_on_where_it_says,
    ),
    Mutant(
        "nothing is delivered twice",
        duplicates,
        "may_repeat",
        lambda w, entity: False,
        test_services.test_duplicates_multiply_deliveries_by_what_they_are,
    ),
    Mutant(
        "a filter lets everything through",
        queues,
        "can_stop",
        lambda one, payload: False,
        test_services.test_filters_of_mappings_delete_messages_and_skip_records,
    ),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = dict(
        zip(inspect.signature(mutant.caught_by).parameters, mutant.arguments, strict=True)
    )
    mutant.caught_by(**arguments)  # the rule as it is passes
    original = getattr(mutant.owner, mutant.attribute)
    for module in (asynchronous, invocation, notices, queues, recursion, streams):
        if getattr(module, mutant.attribute, None) is original and module is not recursion:
            monkeypatch.setattr(module, mutant.attribute, mutant.replacement)
    monkeypatch.setattr(mutant.owner, mutant.attribute, mutant.replacement)
    with pytest.raises((AssertionError, KeyError, ValueError)):
        mutant.caught_by(**arguments)


def test_there_are_enough_mutants() -> None:
    assert len(MUTANTS) >= 12
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
