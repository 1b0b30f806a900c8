"""The native form: what it says, and everything that can be wrong with it at once."""

from __future__ import annotations

import pytest

from lambdaspec.architecture.document import parse
from lambdaspec.architecture.elements import (
    Architecture,
    Emission,
    Evidence,
    Function,
    Invoke,
    Queue,
    QueueMapping,
    Redrive,
    Sdk,
)
from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.architecture.native import read_native
from lambdaspec.errors import InputError

GOOD = """\
lambdaspec: 1
name: orders
functions:
  Charge:
    timeout: 20s
    sdk: unsupported
    recursive_loop: Allow
    async: {max_retry_attempts: 1, on_failure: Failed}
    emits:
      - {to: Orders, times: 3, when: "event.depth < 30", set: {depth: "event.depth + 1"}}
      - {to: Charge, invoke: sync, evidence: permitted}
queues:
  Orders: {visibility_timeout: 5m, retention: 4d, redrive: {to: Failed, max_receive_count: 5}}
  Failed: {}
triggers:
  - {from: Orders, to: Charge, batch_size: 1}
entry: [{to: Orders, payload: {depth: 2}}]
"""


def arch(text: str) -> Architecture:
    return read_native(parse("x.yaml", text))


def errors(text: str) -> list[tuple[str, int, int, str]]:
    with pytest.raises(InputError) as caught:
        arch(text)
    return [
        (f.code, f.span.line, f.span.column, f.message) for f in caught.value.findings if f.span
    ]


def test_a_good_one_says_what_it_says() -> None:
    made = arch(GOOD)
    assert made.functions["Charge"].timeout == 20
    assert made.functions["Charge"].sdk is Sdk.UNSUPPORTED
    assert made.functions["Charge"].asynchronous.max_retry_attempts == 1
    first, second = made.functions["Charge"].emits
    assert first == Emission(
        "Orders", 3, (Guard("depth", None, 30),), (Update("depth", 1, adds=True),)
    )
    assert (second.invoke, second.evidence) == (Invoke.SYNC, Evidence.PERMITTED)
    assert made.channels["Orders"] == Queue(
        "Orders", visibility_timeout=300, retention=345_600, redrive=Redrive("Failed", 5)
    )
    assert made.triggers == (QueueMapping("Orders", "Charge", 1),)
    assert [(e.to, e.payload) for e in made.entries] == [("Orders", (("depth", 2),))]


def test_all_errors_come_at_once_with_their_places() -> None:
    found = errors(
        """\
lambdaspec: 1
functions:
  F:
    timout: 3s
    timeout: 901s
    sdk: maybe
    emits:
      - {to: Nowhere}
      - {times: 2}
      - {to: Q, when: "event.x ~ 3"}
queues:
  Q: {visibility_timeout: soon, redrive: {to: F}}
  F: {}
triggers:
  - {from: Q, to: Q}
  - {from: F}
"""
    )
    assert [(code, line) for code, line, _, _ in found] == [
        ("LS006", 3),
        ("LS002", 4),
        ("LS005", 5),
        ("LS004", 6),
        ("LS013", 9),
        ("LS004", 10),
        ("LS004", 12),
        ("LS003", 15),
        ("LS013", 16),
    ]


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (("lambdaspec: 1", "lambdaspec: 2"), "LS004", "must be 1"),
        (("timeout: 20s", "timout: 20s"), "LS002", "no key `timout`"),
        (("timeout: 20s", "timeout: 0s"), "LS005", "outside AWS's range 1 to 900 s"),
        (("retention: 4d", "retention: 15d"), "LS005", "60 to 1209600"),
        (("max_receive_count: 5", "max_receive_count: 0"), "LS005", "1 to 1000"),
        (("max_receive_count: 5", 'max_receive_count: "5"'), "LS004", "must be an integer"),
        (("max_retry_attempts: 1", "max_retry_attempts: 3"), "LS005", "0 to 2"),
        (("batch_size: 1", "batch_size: 10001"), "LS005", "1 to 10000"),
        (("to: Failed, max", "to: Faild, max"), "LS003", "`Faild` is not defined"),
        (("to: Failed, max", "to: Charge, max"), "LS003", "cannot be `Charge`"),
        (("to: Failed, max", "to: Orders, max"), "LS003", "its own dead-letter queue"),
        (("  Failed: {}", "  Failed: {fifo: true}"), "LS003", "of another type"),
        (("on_failure: Failed", "on_failure: Nobody"), "LS003", "`Nobody` is not defined"),
        (("times: 3", "times: -1"), "LS005", "0 to"),
        (('"event.depth < 30"', '"depth < 30"'), "LS004", "not understood"),
        (('"event.depth + 1"', '"event.other * event.depth"'), "LS004", "not understood"),
        (("batch_size: 1}", "batch_size: 1, max_retry_attempts: 2}"), "LS002", "no key"),
        (("entry: [", "entry: [Nowhere, "), "LS003", "`Nowhere` is not defined"),
        (("{to: Orders, times", "{to: Orders, key: x, times"), "LS002", "`key` is for writes"),
    ],
)
def test_each_error_says_what_would_be_right(change: tuple[str, str], code: str, says: str) -> None:
    assert change[0] in GOOD
    found = errors(GOOD.replace(*change, 1))
    assert {one[0] for one in found} == {code}
    assert any(says in one[3] for one in found)


def test_sqs_has_no_retry_setting_and_the_help_says_what_has() -> None:
    with pytest.raises(InputError) as caught:
        arch(GOOD.replace("batch_size: 1}", "batch_size: 1, max_retry_attempts: 2}"))
    assert "max_receive_count" in caught.value.findings[0].help


def test_a_likely_name_is_suggested() -> None:
    with pytest.raises(InputError) as caught:
        arch(GOOD.replace("to: Failed, max", "to: Faild, max"))
    assert "did you mean `failed`" in caught.value.findings[0].help.lower()


def test_defaults_are_those_of_aws() -> None:
    made = arch("lambdaspec: 1\nfunctions: {F: {}}\n")
    assert made.functions["F"] == Function("F")
    assert [entry.to for entry in made.entries] == ["F"]


def test_entries_that_are_left_out_reach_everything() -> None:
    made = arch(
        """\
lambdaspec: 1
functions:
  A: {emits: [{to: B}]}
  B: {emits: [{to: A}]}
  C: {}
queues: {Q: {}, Unread: {}}
triggers: [{from: Q, to: C}]
"""
    )
    assert [entry.to for entry in made.entries] == ["Q", "A"]
