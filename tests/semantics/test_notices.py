"""Topics, buckets, buses and outside services."""

from __future__ import annotations

from lambdaspec.architecture.elements import (
    Bucket,
    Bus,
    Emission,
    External,
    Function,
    Notification,
    Queue,
    Rule,
    Subscription,
    Topic,
)
from lambdaspec.semantics.state import AsyncEvent, HandOver, Message, Notice, Spread
from tests.support.build import Driver, arch

LINEAGE = (("F", 2),)


def test_every_subscription_gets_a_copy_with_the_lineage() -> None:
    triggers = [Subscription("T", "F"), Subscription("T", "Q")]
    run = Driver(arch([Function("F")], [Topic("T"), Queue("Q")], list(triggers)))
    run.state = run.state.of([Notice("T", lineage=LINEAGE)])
    run.first(Spread)
    assert run.at(AsyncEvent) == [AsyncEvent("F", lineage=LINEAGE)]
    assert run.at(Message) == [Message("Q", lineage=LINEAGE)]


def test_a_subscription_dead_letter_queue_gets_what_could_not_be_delivered() -> None:
    run = Driver(
        arch([Function("F")], [Topic("T"), Queue("D")], [Subscription("T", "F", "D")], "T")
    )
    run.first(Spread)
    run.first(HandOver, lambda a: isinstance(a, HandOver) and a.bounced)
    assert run.at(Message) == [Message("D")]
    assert run.at(AsyncEvent) == []


def test_a_bucket_notifies_where_prefix_suffix_and_event_fit() -> None:
    triggers = [
        Notification("B", "F", prefix="in/", suffix=".jpg"),
        Notification("B", "G", prefix="out/"),
        Notification("B", "H", events=("ObjectRemoved:*",)),
    ]
    functions = [Function(name) for name in "FGH"]
    run = Driver(arch(functions, [Bucket("B")], list(triggers)))
    run.state = run.state.of(
        [Notice("B", lineage=LINEAGE, key="in/x.jpg", event="ObjectCreated:Put")]
    )
    run.first(Spread)
    assert run.at(AsyncEvent) == [AsyncEvent("F", lineage=LINEAGE)]


def test_a_bus_passes_no_lineage_on() -> None:
    function = Function("F", emits=(Emission("B"),))
    run = Driver(arch([function], [Bus("B")], [Rule("B", "F")], "F"))
    from lambdaspec.semantics.state import Attempt

    run.first(Attempt)
    run.finish()
    run.first(Spread)
    assert run.at(AsyncEvent) == [AsyncEvent("F")]


def test_a_disabled_rule_passes_nothing_on() -> None:
    run = Driver(arch([Function("F")], [Bus("B")], [Rule("B", "F", enabled=False)]))
    run.first(Spread)
    assert run.state.entities == ()


def test_a_service_reacts_without_lineage() -> None:
    service = External("S", (Emission("Q", times=2),))
    run = Driver(arch([Function("F", emits=(Emission("S"),))], [service, Queue("Q")], entry="F"))
    run.state = run.state.of([Notice("S")])
    run.first(Spread)
    assert run.at(Message) == [Message("Q"), Message("Q")]
