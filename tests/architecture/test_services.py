"""Services and pipes in the native form: what is read, and what is wrong with it."""

from __future__ import annotations

import pytest

from lambdaspec.architecture.document import parse
from lambdaspec.architecture.elements import (
    Architecture,
    Emission,
    Engine,
    Filter,
    Integration,
    Invoke,
    MoveTask,
    QueueMapping,
    Retries,
    Rule,
    Stream,
)
from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.architecture.native import read_native
from lambdaspec.architecture.services import LogGroup, Route, RouteKind, Task, Workflow
from lambdaspec.errors import InputError

GOOD = """
lambdaspec: 1
functions:
  F: {sdk_retries: standard, emits: [{to: Later}]}
  G: {}
queues:
  Q: {redrive: {to: D, max_receive_count: 3}}
  D: {}
streams:
  Topic: {engine: kafka, retention: 3d}
buckets:
  B: {}
buses:
  Bus: {}
schedules:
  Later: {}
iot_topics:
  Doors: {}
log_groups:
  Logs: {of: [F], account_level: true}
routes:
  Login: {kind: cognito}
state_machines:
  Job:
    express: true
    states:
      first: {to: F, retries: 2, times: 3, next: [second], catch: second, set: {n: "event.n + 1"}}
      second: {to: D, when: "event.n < 3", parallel: first}
pipes:
  P: {from: Q, enrichment: G, to: F, invoke: async, batch_size: 2, filter: "event.n >= 1"}
triggers:
  - {from: Bus, to: F, bucket: B, prefix: in/, dead_letter: D}
  - {from: Later, to: F, dead_letter: D}
  - {from: Doors, to: Doors}
  - {from: Logs, to: G, filter: unknown}
  - {from: Login, to: F}
  - {from: D, to: Q}
  - {from: Topic, to: F, filter: "event.n < 5"}
"""


def read(text: str) -> Architecture:
    return read_native(parse("test.yaml", text))


def findings(text: str) -> list[tuple[str, int, str]]:
    with pytest.raises(InputError) as caught:
        read(text)
    return [
        (one.code, one.span.line if one.span else 0, one.message) for one in caught.value.findings
    ]


def test_everything_is_read() -> None:
    made = read(GOOD)
    assert made.functions["F"].retries is Retries.STANDARD
    assert made.functions["F"].emits == (Emission("Logs", by_platform=True), Emission("Later"))
    pipe = made.functions["P"]
    assert pipe.is_pipe
    assert [(one.to, one.invoke) for one in pipe.emits] == [
        ("G", Invoke.SYNC),
        ("F", Invoke.ASYNC),
    ]
    mapping = QueueMapping("Q", "P", 2, filter=Filter((Guard("n", 1, None),)))
    assert made.triggers[0] == mapping
    assert made.triggers[1] == Rule("Bus", "F", dead_letter="D", bucket="B", prefix="in/")
    assert made.triggers[4] == Rule("Logs", "G", filter=Filter(opaque=True))
    assert made.triggers[5:7] == (Integration("Login", "F"), MoveTask("D", "Q"))
    assert made.channels["Topic"] == Stream("Topic", 259_200, Engine.KAFKA)
    assert made.channels["Logs"] == LogGroup("Logs", ("F",), account_level=True)
    assert made.channels["Login"] == Route("Login", RouteKind.COGNITO)
    first = Task("first", "F", 2, 3, ("second",), (), "second", (), (Update("n", 1, adds=True),))
    job = made.channels["Job"]
    assert isinstance(job, Workflow)
    assert job.express
    assert job.start == "first"
    assert job.tasks["first"] == first
    assert job.tasks["second"].when == (Guard("n", None, 3),)


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (("of: [F]", "of: [Q]"), "LS003", "what logs there cannot be `Q`"),
        (("kind: cognito", "kind: cognita"), "LS004", "must be one of"),
        (("catch: second", "catch: third"), "LS003", "has no state `third`"),
        (("retries: 2", "retries: -1"), "LS005", "0 to 99999999"),
        (("to: F, retries", "to: H, retries"), "LS003", "`H` is not defined"),
        (("first: {to: F", 'first: {when: "event.n < 1", to: F'), "LS002", "first state"),
        (("P: {from: Q", "P: {from: B"), "LS003", "a pipe cannot read from `B`"),
        (("P: {from: Q, ", "P: {"), "LS013", "a pipe needs `from`"),
        (("{from: D, to: Q}", "{from: Q, to: D}"), "LS003", "cannot be moved"),
        (("bucket: B, ", ""), "LS002", "`prefix` is for rules about a `bucket`"),
        (("{from: Login, to: F}", "{from: Login, to: P}"), "LS003", "is a pipe"),
        (('"event.n < 5"', '"n < 5"'), "LS004", "not understood"),
        (("engine: kafka", "engine: pulsar"), "LS004", "must be one of"),
    ],
)
def test_each_mistake_is_named(change: tuple[str, str], code: str, says: str) -> None:
    assert change[0] in GOOD
    found = findings(GOOD.replace(*change))
    assert any(one[0] == code and says in one[2] for one in found), found


def test_a_state_machine_needs_states() -> None:
    found = findings("lambdaspec: 1\nstate_machines:\n  W: {}\n")
    assert found == [("LS013", 3, "state machine `W` needs `states`")]


def test_entries_are_where_something_outside_can_write() -> None:
    made = read(GOOD)
    entries = [entry.to for entry in made.entries]
    assert "Later" not in entries
    assert "Logs" not in entries
    assert {"Bus", "Login", "Q", "Job"} <= set(entries)
