"""Example payloads: what is shown passes, and where something passes something is shown."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import yaml
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from lambdaspec.architecture.document import parse
from lambdaspec.architecture.examples import example_payload
from lambdaspec.architecture.native import read_native
from lambdaspec.architecture.patterns import Dialect, Leaf, leaf_matches, leaves, matches
from lambdaspec.checking import check
from tests.architecture.test_patterns import (
    CASES,
    Report,
    architecture,
    documents,
    ends,
    operators,
    text_tests,
    values,
)

more: st.SearchStrategy[Any] = st.one_of(
    operators,
    text_tests,
    st.builds(lambda t: {"wildcard": t}, st.sampled_from(["*a", "in/*.csv", "a*b*"])),
    st.builds(lambda t: {"anything-but": {"prefix": t}}, ends),
)


def test_an_example_passes_and_is_found_where_an_event_passes(report: Report) -> None:
    tally: Counter[str] = Counter()

    @seed(1)
    @settings(max_examples=CASES)
    @given(documents(st.lists(more, min_size=1, max_size=2), "pq"), documents(values, "pq"))
    def compare(pattern: dict[str, Any], event: dict[str, Any]) -> None:
        example = example_payload(leaves(pattern), {}, Dialect.EVENTBRIDGE)
        if example is None:
            assert not matches(pattern, event, Dialect.EVENTBRIDGE)
        else:
            assert matches(pattern, example, Dialect.EVENTBRIDGE)
        tally["none" if example is None else "shown"] += 1

    compare()
    report("examples of payloads", tally)


def test_an_example_is_as_it_is_said(report: Report) -> None:
    tally: Counter[str] = Counter()

    @seed(2)
    @settings(max_examples=CASES)
    @given(
        st.lists(more, min_size=1, max_size=2),
        st.sampled_from(["in/{}", "{}.csv", "a{}b", "{}", "abc"]),
    )
    def compare(match: list[Any], shape: str) -> None:
        leaf = Leaf(("f",), tuple(match))
        example = example_payload([leaf], {"f": shape}, Dialect.EVENTBRIDGE)
        tally["none" if example is None else "shown"] += 1
        if example and shape != "{}":
            begin, _, end = shape.partition("{}")
            assert example["f"].startswith(begin)
            assert example["f"].endswith(end)
            assert leaf_matches(match, example["f"], Dialect.EVENTBRIDGE)

    compare()
    report("examples of payloads that are known in part", tally)


@pytest.mark.parametrize(
    ("filtered", "sets", "payload"),
    [
        ("{source: [a]}", "{source: a}", {"source": "a"}),
        (
            "{source: [a], detail: {s: [{prefix: x}], n: [{numeric: ['>', 2]}]}}",
            '{source: a, s: "{}y"}',
            {"source": "a", "detail": {"s": "xy", "n": 3}},
        ),
        ("{detail: {s: [{anything-but: [x]}]}}", "{}", {"detail": {"s": "y"}}),
    ],
)
def test_a_loop_shows_what_passes(filtered: str, sets: str, payload: dict[str, Any]) -> None:
    result = check(read_native(parse("a.yaml", architecture(filtered, sets))))
    [shown] = [
        note.split("`")[1] for one in result.findings for note in one.notes if "passes" in note
    ]
    assert json.loads(shown) == payload
    assert matches(yaml.safe_load(filtered), payload, Dialect.EVENTBRIDGE)
