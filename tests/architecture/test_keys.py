"""Key patterns against prefix and suffix: exact, compared with Z3's theory of strings."""

from __future__ import annotations

import re

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaspec.architecture.keys import event_can_match, key_can_match


@pytest.mark.parametrize(
    ("pattern", "prefix", "suffix", "expected"),
    [
        ("{}", "in/", ".jpg", True),
        ("out/{}", "in/", "", False),
        ("in/out/{}", "in/", "", True),
        ("in{}", "in/", "", True),
        ("thumbs/{name}.jpeg", "", ".jpeg", True),
        ("thumbs/{name}.png", "", ".jpeg", False),
        ("a.jpg", "a.j", ".jpg", True),
        ("a.jpg", "a.jp", "xa.jpg", False),
        ("{}/x", "", "", True),
    ],
)
def test_examples(pattern: str, prefix: str, suffix: str, expected: bool) -> None:
    assert key_can_match(pattern, prefix, suffix) is expected


words = st.text("ab/", max_size=3)


@settings(max_examples=150)
@given(st.lists(words, min_size=1, max_size=3), words, words)
def test_the_answer_is_the_one_of_z3(literals: list[str], prefix: str, suffix: str) -> None:
    pattern = "{}".join(literals)
    key = z3.String("key")
    holes = [z3.String(f"hole{i}") for i in range(len(literals) - 1)]
    pieces = [z3.StringVal(literals[0])]
    for hole, literal in zip(holes, literals[1:], strict=True):
        pieces += [hole, z3.StringVal(literal)]
    solver = z3.Solver()
    solver.set("timeout", 10_000)
    solver.add(key == (z3.Concat(*pieces) if len(pieces) > 1 else pieces[0]))
    solver.add(z3.PrefixOf(z3.StringVal(prefix), key), z3.SuffixOf(z3.StringVal(suffix), key))
    answer = solver.check()
    if answer != z3.unknown:
        assert key_can_match(pattern, prefix, suffix) == (answer == z3.sat)


kinds = st.sampled_from(
    ["ObjectCreated:*", "ObjectCreated:Put", "ObjectCreated:Copy", "ObjectRemoved:*", "*"]
)
CONCRETE = ["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectRemoved:Delete", "ObjectTagging:Put"]


@given(kinds, st.lists(kinds, max_size=2))
def test_event_types_fit_if_one_event_fits_both(written: str, wanted: list[str]) -> None:
    def fits(event: str, kind: str) -> bool:
        return re.fullmatch(kind.replace("*", ".*"), event) is not None

    common = any(fits(e, written) and any(fits(e, k) for k in wanted) for e in CONCRETE)
    assert event_can_match(written, tuple(wanted)) == common
