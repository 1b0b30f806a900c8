"""Patterns: our evaluator against moto's on generated patterns and events, and what texts become."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from moto.events.models import EventPattern
from moto.sns.utils import FilterPolicyMatcher

from lambdaspec.architecture.conditions import may_match
from lambdaspec.architecture.document import parse
from lambdaspec.architecture.keys import HOLE
from lambdaspec.architecture.native import read_native
from lambdaspec.architecture.patterns import ABSENT, Dialect, Leaf, leaf_matches, matches, problems
from lambdaspec.checking import check
from lambdaspec.errors import InputError

CASES = 1_000 if os.environ.get("CI") else 300
Report = Callable[[str, Counter[str]], None]

texts = st.sampled_from(["", "a", "ab", "abc", "b", "AB", "in/x.csv", "in/"])
numbers = st.integers(-3, 3)
ends = st.sampled_from(["a", "ab", "b", "in/", ".csv"])
numeric = st.builds(
    lambda sign, n: {"numeric": [sign, n]}, st.sampled_from(["<", "<=", "=", ">=", ">"]), numbers
)
operators: st.SearchStrategy[Any] = st.one_of(
    texts,
    numbers,
    st.builds(lambda t: {"prefix": t}, ends),
    st.builds(lambda b: {"exists": b}, st.booleans()),
    numeric,
    st.builds(lambda low, n: {"numeric": [">", low, "<=", low + n]}, numbers, st.integers(1, 3)),
)
# moto's policies fail with an AttributeError where a text operator meets a number, take
# `exists: false` below a missing field for false, and do not ignore case; the rest is compared.
text_tests: st.SearchStrategy[Any] = st.one_of(
    texts,
    st.builds(lambda t: {"prefix": t}, ends),
    st.builds(lambda t: {"suffix": t}, ends),
    st.builds(lambda t: {"anything-but": [t]}, texts),
)
number_tests: st.SearchStrategy[Any] = st.one_of(numbers, numeric)
exclusions: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda t: {"anything-but": [t]}, texts), st.builds(lambda t: {"suffix": t}, ends)
)
# For moto a boolean is a number, as in Python; so events have booleans in fields of their own only.
values: st.SearchStrategy[Any] = st.one_of(texts, numbers)


def documents(leaf: st.SearchStrategy[Any], names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(
        st.sampled_from(names),
        st.one_of(leaf, st.dictionaries(st.sampled_from("xy"), leaf, min_size=1)),
        max_size=2,
    )


def test_eventbridge_patterns_agree_with_moto(report: Report) -> None:
    tally: Counter[str] = Counter()

    @seed(1)
    @settings(max_examples=CASES)
    @given(
        documents(st.lists(operators, min_size=1, max_size=2), "pq"),
        documents(values, "pq"),
        st.dictionaries(st.just("b"), st.booleans(), max_size=1),
        st.dictionaries(st.just("b"), st.lists(st.booleans(), min_size=1), max_size=1),
    )
    def compare(
        detail: dict[str, Any], event: dict[str, Any], flags: dict[str, Any], asked: dict[str, Any]
    ) -> None:
        detail, event = detail | asked, event | flags
        pattern = {"detail": detail} if detail else {"source": ["s"]}
        whole = {"source": "s", "detail": event}
        ours = matches(pattern, whole, Dialect.EVENTBRIDGE)
        theirs = EventPattern.load(json.dumps(pattern)).matches_event(whole)  # type: ignore[arg-type]
        assert not list(problems(pattern, Dialect.EVENTBRIDGE))
        tally["pass" if ours else "fail"] += 1
        assert ours == theirs

    compare()
    report("EventBridge patterns compared with moto", tally)


def test_sns_policies_on_bodies_agree_with_moto(report: Report) -> None:
    tally: Counter[str] = Counter()

    def typed(text: st.SearchStrategy[Any], number: st.SearchStrategy[Any]) -> Any:
        return st.fixed_dictionaries(
            {}, optional={"p": text, "q": number, "r": st.fixed_dictionaries({"x": text})}
        )

    @seed(2)
    @settings(max_examples=CASES)
    @given(
        typed(
            st.lists(text_tests, min_size=1, max_size=2),
            st.lists(number_tests, min_size=1, max_size=2),
        ),
        typed(texts, numbers),
    )
    def compare(policy: dict[str, Any], body: dict[str, Any]) -> None:
        ours = matches(policy, body, Dialect.SNS)
        theirs = FilterPolicyMatcher(policy, "MessageBody").matches({}, json.dumps(body))
        tally["pass" if ours else "fail"] += 1
        assert ours == theirs

    compare()
    report("SNS policies compared with moto", tally)


@pytest.mark.parametrize(
    ("leaf", "value", "passes"),
    [
        ([{"suffix": ".csv"}], "in/x.csv", True),
        ([{"wildcard": "in/*.csv"}], "in/a/b.csv", True),
        ([{"wildcard": "in/*.csv"}], "out/b.csv", False),
        ([{"wildcard": "a\\*b"}], "a*b", True),
        ([{"wildcard": "a\\*b"}], "axb", False),
        ([{"equals-ignore-case": "AB"}], "ab", True),
        ([{"prefix": {"equals-ignore-case": "IN/"}}], "in/x", True),
        ([{"anything-but": {"prefix": "in/"}}], "in/x", False),
        ([{"anything-but": {"prefix": ["a", "in/"]}}], "in/x", False),
        ([{"anything-but": {"suffix": ".csv"}}], "x.txt", True),
        ([{"anything-but": {"wildcard": "*/x"}}], "a/x", False),
        ([{"anything-but": {"equals-ignore-case": ["A"]}}], "a", False),
        ([{"anything-but": [1, 2]}], 3, True),
        ([{"anything-but": ["a"]}], ABSENT, False),
        ([{"cidr": "10.0.0.0/24"}], "10.0.0.7", True),
        ([{"cidr": "10.0.0.0/24"}], "10.0.1.7", False),
        ([{"exists": False}], ABSENT, True),
        ([None], None, True),
        ([None], "", False),
        ([""], "", True),
        (["a"], ["b", "a"], True),
        ([{"exists": False}], [], True),
        ([1], True, False),
    ],
)
def test_operators(leaf: list[Any], value: object, passes: bool) -> None:
    assert leaf_matches(leaf, value, Dialect.EVENTBRIDGE) is passes


def test_or_joins_fields() -> None:
    pattern = {"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}
    assert matches(pattern, {"b": 2, "c": 3}, Dialect.EVENTBRIDGE)
    assert not matches(pattern, {"a": 2, "c": 3}, Dialect.EVENTBRIDGE)


def test_a_mapping_compares_numbers_as_they_are_written() -> None:
    assert matches({"a": [300]}, {"a": 300.0}, Dialect.EVENTBRIDGE)
    assert not matches({"a": [300]}, {"a": 300.0}, Dialect.MAPPING)


def test_what_aws_refuses_is_said_all_at_once() -> None:
    pattern = {"a": [], "b": [{"wildcrad": "x"}], "c": [{"numeric": ["<"]}], "$or": [{"a": [1]}]}
    assert len(list(problems(pattern, Dialect.EVENTBRIDGE))) == 4
    assert list(problems({"a": [{"wildcard": "x*"}]}, Dialect.MAPPING))


shapes = st.lists(st.sampled_from(["a", "b", "in/", ".csv", "{}"]), min_size=1, max_size=4).map(
    "".join
)
fillers = st.text("abin/.csv", max_size=6)


def test_a_text_with_holes_may_match_whenever_some_text_does(report: Report) -> None:
    tally: Counter[str] = Counter()
    leaf = st.lists(
        st.one_of(
            operators,
            exclusions,
            st.builds(lambda t: {"wildcard": t}, st.sampled_from(["*a", "in/*.csv", "a*b*"])),
            st.builds(lambda t: {"anything-but": {"prefix": t}}, ends),
            st.builds(lambda t: {"equals-ignore-case": t}, texts),
        ),
        min_size=1,
        max_size=2,
    )

    @seed(3)
    @settings(max_examples=CASES)
    @given(leaf, shapes, st.lists(fillers, min_size=4, max_size=4))
    def compare(ops: list[Any], shape: str, fill: list[str]) -> None:
        parts = iter(fill)
        text = HOLE.sub(lambda _: next(parts), shape)
        condition = Leaf(("f",), tuple(ops))
        may = may_match(condition, shape, Dialect.EVENTBRIDGE)
        if leaf_matches(ops, text, Dialect.EVENTBRIDGE):
            assert may
        if "{}" not in shape:
            assert may == leaf_matches(ops, shape, Dialect.EVENTBRIDGE)
        tally["may" if may else "cannot"] += 1

    compare()
    report("texts with holes", tally)


@pytest.mark.parametrize(
    ("shape", "match", "may"),
    [
        ("out/{}", {"prefix": "in/"}, False),
        ("{}.txt", {"suffix": ".csv"}, False),
        ("{}", {"wildcard": "a*b"}, True),
        ("x{}y", {"wildcard": "a*"}, False),
        ("in/{}", {"anything-but": {"prefix": "in"}}, False),
        ("a{}", "b", False),
        ("a{}c", "abc", True),
    ],
)
def test_what_a_text_with_holes_cannot_match(shape: str, match: object, may: bool) -> None:
    assert may_match(Leaf(("f",), (match,)), shape, Dialect.EVENTBRIDGE) is may


def architecture(filtered: str, sets: str) -> str:
    return f"""
lambdaspec: 1
functions:
  F: {{emits: [{{to: B, set: {sets}}}]}}
buses: {{B: {{}}}}
triggers:
  - {{from: B, to: F, filter: {filtered}}}
entry: [B]
"""


@pytest.mark.parametrize(
    ("filtered", "sets", "verdict"),
    [
        ("{source: [a]}", "{source: a}", "unbounded"),
        ("{source: [a]}", "{source: b}", "bounded"),
        ("{source: [a]}", "{}", "unbounded"),  # what is not said may be anything
        ("{detail: {s: [{prefix: x}]}}", '{s: "{}x"}', "unbounded"),
        ("{detail: {s: [{prefix: x}]}}", '{s: "y{}"}', "bounded"),
        ("{detail: {s: [{exists: false}]}}", "{s: done}", "bounded"),
        ("{detail: {s: [{exists: false}]}}", "{s: null}", "unbounded"),
        ("{detail: {s: [true]}}", "{s: false}", "bounded"),
        ("{detail: {n: [{numeric: ['<', 3]}]}}", "{n: event.n + 1}", "bounded"),
        ("{detail: {n: [{numeric: ['>', -3]}]}}", "{n: event.n + 1}", "unbounded"),
        ("{detail: {s: [a, b]}, source: [c]}", "{s: b, source: c}", "unbounded"),
        ("{detail: {s: [a, b]}, source: [c]}", "{s: b, source: d}", "bounded"),
    ],
)
def test_a_pattern_decides_a_loop(filtered: str, sets: str, verdict: str) -> None:
    made = read_native(parse("a.yaml", architecture(filtered, sets)))
    assert check(made).verdict.word == verdict


def test_a_condition_on_a_text() -> None:
    text = """
lambdaspec: 1
functions:
  F: {emits: [{to: B, when: 'event.status != "done"', set: {status: STATUS}}]}
buses: {B: {}}
triggers: [{from: B, to: F}]
entry: [{to: B, payload: {status: new}}]
"""
    again, done = text.replace("STATUS", "new"), text.replace("STATUS", "done")
    assert check(read_native(parse("a.yaml", again))).verdict.word == "unbounded"
    assert check(read_native(parse("a.yaml", done))).verdict.word == "bounded"


def test_a_wrong_pattern_is_bad_input_with_a_place() -> None:
    with pytest.raises(InputError) as caught:
        read_native(parse("a.yaml", architecture("{s: [{prefx: x}], t: 3}", "{}")))
    assert len(caught.value.findings) == 2
    assert all(one.span is not None and one.span.line == 7 for one in caught.value.findings)
