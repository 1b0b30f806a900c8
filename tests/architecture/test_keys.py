"""Key patterns against prefix and suffix: exact, compared with Z3's theory of strings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import z3
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaspec.architecture.elements import Notification, RecursiveLoop
from lambdaspec.architecture.keys import event_can_match, example_key, key_can_match
from lambdaspec.checking import check
from lambdaspec.loading import load


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


@settings(max_examples=500)
@given(st.lists(words, min_size=1, max_size=3), words, words)
def test_an_example_is_there_exactly_if_a_key_can_match(
    literals: list[str], prefix: str, suffix: str
) -> None:
    pattern = "{}".join(literals)
    key = example_key(pattern, prefix, suffix)
    assert (key is not None) == key_can_match(pattern, prefix, suffix)
    if key is not None:
        assert key.startswith(prefix)
        assert key.endswith(suffix)
        assert re.fullmatch(".*".join(map(re.escape, literals)), key)


def test_an_example_reads_like_a_key() -> None:
    assert example_key("small/{key}", "", ".jpg") == "small/x.jpg"
    assert example_key("{}", "in/", ".csv") == "in/x.csv"
    assert example_key("out/{a}/{b}.gz", "out/", "") == "out/x/x.gz"


def test_the_machine_accepts_the_example() -> None:
    """The loop is still there when the function writes exactly the example."""
    path = Path(__file__).parents[2] / "models/looks-disjoint/broken.yaml"
    made = load(str(path)).architecture
    [function] = made.functions.values()
    [trigger] = [t for t in made.triggers if isinstance(t, Notification)]
    key = example_key(function.emits[0].key, trigger.prefix, trigger.suffix)
    assert key is not None
    exact = evolve(
        function, emits=(evolve(function.emits[0], key=key),), recursive_loop=RecursiveLoop.ALLOW
    )
    result = check(evolve(made, functions={function.name: exact}))
    assert result.verdict.word == "unbounded"  # replayed on the machine
    assert result.loops[0].trace is not None


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
