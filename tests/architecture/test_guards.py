"""Guards and updates on the payload's integers."""

from __future__ import annotations

import pytest

from lambdaspec.architecture.guards import Guard, Update, parse_guard, parse_update


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("event.depth < 30", (Guard("depth", None, 30),)),
        ("event.depth <= 30", (Guard("depth", None, 31),)),
        ("event.ttl > 0", (Guard("ttl", 1, None),)),
        ("event.ttl >= -2", (Guard("ttl", -2, None),)),
        ("event.a == 1 and event.b < 2", (Guard("a", 1, 2), Guard("b", None, 2))),
    ],
)
def test_guards(text: str, expected: tuple[Guard, ...]) -> None:
    assert parse_guard(text) == expected


@pytest.mark.parametrize(
    "text", ["depth < 3", "event.depth", "event.a < event.b", "__import__('os')"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        parse_guard(text)


def test_updates() -> None:
    assert parse_update("d", 3) == Update("d", 3, adds=False)
    assert parse_update("d", "event.d + 1") == Update("d", 1, adds=True)
    assert parse_update("d", "event.d - 2") == Update("d", -2, adds=True)
    halved = Update("d", 1, False, (("d", 1), ("e", 2)), 2)
    assert parse_update("d", "(event.d + 2 * event.e + 1) // 2") == halved
    assert parse_update("d", "event.e") == Update("d", 0, False, (("e", 1),))
    assert parse_update("d", "event.e - event.e + event.d").terms == (("d", 1),)
    for bad in (
        "event.e * event.d",
        "event.d + event.e // 2",
        "event.d // 0",
        "event.d 1",
        "x",
        True,
        None,
        1.5,
    ):
        with pytest.raises(ValueError, match="not understood"):
            parse_update("d", bad)
