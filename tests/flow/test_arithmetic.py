"""Small loops whose end depends on arithmetic: a function that calls itself through a table.

A table's stream carries no lineage, so nothing but the arithmetic ends them.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from lambdaspec import Bounded, Unbounded, verify
from lambdaspec.architecture.elements import (
    Architecture,
    Emission,
    Entry,
    Function,
    StreamMapping,
    Table,
)
from lambdaspec.architecture.guards import parse_guard, parse_update
from lambdaspec.checking import check
from lambdaspec.kernel.certificate import sealed

Write = tuple[str, Mapping[str, object]]
"""A guard and what is set; several of them are several emissions of the same function."""

ENDS: dict[str, tuple[dict[str, int], list[Write], int]] = {
    "depth": ({}, [("event.d < 5", {"d": "event.d + 1"})], 6),
    "depth by two": ({}, [("event.d < 5", {"d": "event.d + 2"})], 4),
    "depth, inclusive": ({}, [("event.d <= 5", {"d": "event.d + 1"})], 7),
    "depth from three": ({"d": 3}, [("event.d < 5", {"d": "event.d + 1"})], 3),
    "time to live": ({"ttl": 4}, [("event.ttl > 0", {"ttl": "event.ttl - 1"})], 5),
    "time to live that is used up": ({}, [("event.ttl > 0", {"ttl": "event.ttl - 1"})], 1),
    "pages of ten": ({"left": 35}, [("event.left > 0", {"left": "event.left - 10"})], 5),
    "pages of a size in the event": (
        {"left": 35, "size": 10},
        [("event.left > 0", {"left": "event.left - event.size"})],
        5,
    ),
    "pages that grow": (
        {"left": 35, "size": 1},
        [("event.left > 0", {"left": "event.left - event.size", "size": "2 * event.size"})],
        7,
    ),
    "halving": ({"n": 100}, [("event.n > 1", {"n": "event.n // 2"})], 7),
    "a third": ({"n": 100}, [("event.n >= 1", {"n": "event.n // 3"})], 6),
    "doubling to a bound": ({"n": 1}, [("event.n < 100", {"n": "2 * event.n"})], 8),
    "one more than double": ({}, [("event.n < 100", {"n": "2 * event.n + 1"})], 8),
    "closing in from both sides": (
        {"a": 0, "b": 10},
        [("event.gap > 0", {"gap": "event.b - event.a", "a": "event.a + 1", "b": "event.b - 1"})],
        1,
    ),
    "a gap that closes": (
        {"a": 0, "b": 6, "gap": 6},
        [
            (
                "event.gap > 0",
                {"gap": "event.b - event.a - 2", "a": "event.a + 1", "b": "event.b - 1"},
            )
        ],
        4,
    ),
    "bisection": (
        {"low": 0, "high": 64, "width": 64},
        [
            (
                "event.width > 1",
                {"high": "(event.low + event.high) // 2", "width": "event.width // 2"},
            )
        ],
        7,
    ),
    "fibonacci to a bound": (
        {"a": 1, "b": 1},
        [("event.b < 50", {"a": "1 * event.b", "b": "event.a + event.b"})],
        9,
    ),
    "euclid by subtraction": (
        {"a": 3, "b": 12},
        [("event.b > 0", {"b": "event.b - event.a"})],
        5,
    ),
    "a set that stops": ({}, [("event.s < 1", {"s": 1})], 2),
    "two phases": (
        {},
        [("event.p < 1 and event.d < 3", {"d": "event.d + 1"}), ("event.d >= 3", {"p": 1, "d": 0})],
        5,
    ),
    "lexicographic": (
        {"i": 2},
        [
            ("event.j < 2", {"j": "event.j + 1"}),
            ("event.j >= 2 and event.i > 0", {"j": 0, "i": "event.i - 1"}),
        ],
        9,
    ),
    "a window": ({}, [("event.d >= 0 and event.d < 4", {"d": "event.d + 1"})], 5),
    "an equality": ({}, [("event.d == 0", {"d": "event.d + 1"})], 2),
    "a guard that never holds": ({}, [("event.d >= 1", {"d": "event.d + 1"})], 1),
    "a sum that jumps over": ({}, [("event.d == 4", {"d": "event.d + 3"})], 1),
    "double minus four": ({"n": 3}, [("event.n >= 0", {"n": "2 * event.n - 4"})], 4),
    "difference of two": (
        {"x": 9, "y": 4},
        [("event.x >= 0", {"x": "event.x - event.y"})],
        4,
    ),
    "swap that stops": (
        {"a": 1, "b": 0},
        [("event.a > 0", {"a": "1 * event.b", "b": "1 * event.a"})],
        2,
    ),
}
NEVER: dict[str, tuple[dict[str, int], list[Write]]] = {
    "no guard": ({}, [("event.d >= 0", {"d": "event.d + 1"})]),
    "a guard that nothing changes": ({}, [("event.d < 5", {})]),
    "a reset": ({}, [("event.d < 5", {"d": 0})]),
    "up and down": (
        {},
        [("event.d < 1", {"d": "event.d + 1"}), ("event.d >= 1", {"d": "event.d - 1"})],
    ),
    "halving that stands still": ({"n": 8}, [("event.n >= 0", {"n": "event.n // 2"})]),
    "halving from below": ({"n": -8}, [("event.n < 0", {"n": "event.n // 2"})]),
    "pages of nothing": (
        {"left": 5},
        [("event.left > 0", {"left": "event.left - event.size"})],
    ),
    "doubling": ({"n": 1}, [("event.n >= 1", {"n": "2 * event.n"})]),
    "doubling nothing": ({}, [("event.n < 5", {"n": "2 * event.n"})]),
    "a swap": (
        {"a": 1, "b": 2},
        [("event.a > 0", {"a": "1 * event.b", "b": "1 * event.a"})],
    ),
    "euclid that misses": (
        {"a": 0, "b": 12},
        [("event.b > 0", {"b": "event.b - event.a"})],
    ),
    "the wrong field": ({}, [("event.depth < 5", {"dpeth": "event.dpeth + 1"})]),
    "the wrong way": ({}, [("event.d < 5", {"d": "event.d - 1"})]),
    "an outer loop that starts again": (
        {},
        [("event.j < 2", {"j": "event.j + 1"}), ("event.j >= 2", {"j": 0})],
    ),
    "a fixed point": ({"n": 4}, [("event.n >= 0", {"n": "2 * event.n - 4"})]),
}


def loop(payload: Mapping[str, int], writes: list[Write]) -> Architecture:
    emits = tuple(
        Emission(
            "Rows",
            when=parse_guard(guard),
            updates=tuple(parse_update(field, value) for field, value in sets.items()),
        )
        for guard, sets in writes
    )
    return Architecture(
        "arithmetic",
        {"Next": Function("Next", emits=emits)},
        {"Rows": Table("Rows")},
        (StreamMapping("Rows", "Next", max_retry_attempts=0),),
        (Entry("Rows", tuple(payload.items())),),
    )


@pytest.mark.parametrize("name", ENDS)
def test_it_ends_after_so_many_invocations(name: str) -> None:
    payload, writes, runs = ENDS[name]
    result = check(loop(payload, writes))
    assert isinstance(result.verdict, Bounded)
    assert verify(sealed(result.verdict.certificate))
    assert result.nominal is not None
    assert result.nominal.least == result.nominal.most == runs


@pytest.mark.parametrize("name", NEVER)
def test_it_never_ends(name: str) -> None:
    payload, writes = NEVER[name]
    result = check(loop(payload, writes))
    assert isinstance(result.verdict, Unbounded)
    assert result.loops[0].trace is not None


def test_at_least_forty_of_which_a_third_is_endless() -> None:
    assert len(ENDS) + len(NEVER) >= 40
    assert 3 * len(NEVER) >= len(ENDS) + len(NEVER)
