"""Bad files: each ends in findings with a place, never in a traceback."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaspec.architecture.document import Mapping, Scalar, Sequence, parse, read
from lambdaspec.errors import InputError


def codes(text: str) -> list[tuple[str, int, int]]:
    with pytest.raises(InputError) as caught:
        parse("x.yaml", text)
    return [(f.code, f.span.line, f.span.column) for f in caught.value.findings if f.span]


def test_values_and_places() -> None:
    root = parse("x.yaml", "a: 1\nb: [true, 'no', 2.5, ~, !Ref X]\n").root
    assert isinstance(root, Mapping)
    items = root.get("b")
    assert isinstance(items, Sequence)
    values = [(i.value, i.tag) for i in items.items if isinstance(i, Scalar)]
    assert values == [(True, ""), ("no", ""), (2.5, ""), (None, ""), ("X", "!Ref")]
    assert (items.items[1].span.line, items.items[1].span.column) == (2, 11)


def test_json_is_yaml_too() -> None:
    root = parse("x.json", '{"a": {"b": [1, "2"]}}').root
    assert isinstance(root, Mapping)


def test_yaml_1_1_words_are_texts() -> None:
    root = parse("x.yaml", "on: yes\ntime: 12:30\n").root
    assert isinstance(root, Mapping)
    assert [key.value for key, _ in root.entries.values()] == ["on", "time"]
    assert [v.value for _, v in root.entries.values() if isinstance(v, Scalar)] == ["yes", "12:30"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("LS009", 1, 1)]),
        ("# only a comment\n", [("LS009", 1, 1)]),
        ("a: [1, 2\n", [("LS001", 2, 1)]),
        ("a: 1\na: 2\nb: 1\nb: 2\n", [("LS006", 2, 1), ("LS006", 4, 1)]),
        ("a: &x [*x]\n", [("LS007", 1, 8)]),
        ("a: *nowhere\n", [("LS001", 1, 4)]),
        ("a: 1\n---\nb: 2\n", [("LS001", 2, 1)]),
        ("a: \x01\n", [("LS001", 1, 4)]),
        ("? [a]\n: 1\n", [("LS004", 1, 3)]),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    text: str, expected: list[tuple[str, int, int]]
) -> None:
    assert codes(text) == expected


def test_aliases_that_explode() -> None:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 10):
        text += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"
    assert codes(text)[0][0] == "LS012"


def test_nesting_that_would_end_the_stack() -> None:
    assert codes("a: " + "[" * 100_000)[0][0] == "LS012"


def test_files(tmp_path: Path) -> None:
    big = tmp_path / "big.yaml"
    big.write_bytes(b"a: " + b"x" * 50_000_000)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"a: 1\nname: caf\xe9\n")
    for path, expected in (
        (tmp_path / "missing.yaml", ("LS014", 1, 1)),
        (tmp_path, ("LS014", 1, 1)),
        (big, ("LS011", 1, 1)),
        (latin, ("LS010", 2, 10)),
    ):
        with pytest.raises(InputError) as caught:
            read(str(path))
        (one,) = caught.value.findings
        assert one.span is not None
        assert (one.code, one.span.line, one.span.column) == expected


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes("\ufeffa: 1\n".encode())
    assert isinstance(read(str(path)).root, Mapping)


@given(st.text(max_size=60))
def test_any_text_gives_a_tree_or_findings(text: str) -> None:
    with contextlib.suppress(InputError):
        assert parse("x.yaml", text).root is not None
