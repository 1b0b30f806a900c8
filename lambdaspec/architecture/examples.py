"""The smallest payload that passes a filter, where what is sent is known only in part.

A guess for each field from what the filter asks and from what is said of it, and then the
evaluator of concrete values: what is shown passes, what was guessed wrong is not shown.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lambdaspec.architecture.conditions import HOLE_ONLY
from lambdaspec.architecture.keys import HOLE
from lambdaspec.architecture.patterns import ABSENT, Dialect, Leaf, leaf_matches

MOST_GUESSES = 200
"""Values of one field that are tried."""


def example_payload(
    leaves: Sequence[Leaf], said: Mapping[str, object], dialect: Dialect
) -> dict[str, Any] | None:
    """The fields of an event that passes all conditions; None if none was found.

    Args:
        leaves: the conditions, each on one field.
        said: what is sent, by the field's dotted name: a text with holes, a number, a boolean,
            None for a field that is left out; a field that is not here may be anything.
        dialect: whose rules hold.

    """
    made: dict[str, Any] = {}
    asked: dict[tuple[str, ...], list[Leaf]] = {}
    for leaf in leaves:
        asked.setdefault(leaf.path, []).append(leaf)
    for path, several in asked.items():
        guesses = _guesses(several, said.get(".".join(path), HOLE_ONLY))
        passing = (
            one
            for one in itertools.islice(guesses, MOST_GUESSES)
            if all(leaf_matches(leaf.matches, one, dialect) for leaf in several)
        )
        found = next(passing, _NONE)
        if found is _NONE or (found is not ABSENT and not _put(made, path, found)):
            return None
    return made


_NONE = object()


def _put(made: dict[str, Any], path: tuple[str, ...], value: object) -> bool:
    """Set a field inside others; whether it has a place there."""
    here: Any = made
    for name in path[:-1]:
        here = here.setdefault(name, {})
        if not isinstance(here, dict):
            return False
    return here.setdefault(path[-1], value) is value


def _guesses(leaves: list[Leaf], said: object) -> Iterator[object]:
    """Values that are as it is said, the likely ones first."""
    if said is None:
        yield ABSENT
        return
    if not isinstance(said, str) or not HOLE.search(said):
        yield said
        return
    wanted = [one for leaf in leaves for match in leaf.matches for one in _wanted(match)]
    if said == HOLE_ONLY:
        yield from [*wanted, *_both(wanted), "x", 1, ABSENT]
        return
    shape = re.compile(".*".join(map(re.escape, HOLE.split(said))), re.DOTALL)
    texts = [one for one in [*wanted, *_both(wanted)] if isinstance(one, str)]
    for one in texts:
        if shape.fullmatch(one):
            yield one
    for filling in ["x", *texts, ""]:
        yield filling.join(HOLE.split(said))


def _both(wanted: list[object]) -> Iterator[str]:
    """Texts that begin like one and end like another."""
    texts = [one for one in wanted if isinstance(one, str)][:8]
    for one, other in itertools.permutations(texts, 2):
        yield one + other


def _wanted(match: object) -> Iterator[object]:
    """Values that pass a match, most of them."""
    if not isinstance(match, Mapping):
        yield match
        return
    ((name, given),) = match.items()
    text = next(iter(given.values())) if isinstance(given, Mapping) else given
    match name:
        case "exists":
            yield "x" if given else ABSENT
        case "numeric":
            for number in given[1::2]:
                yield from (number, number + 1, number - 1)
        case "prefix":
            yield from (f"{text}x", text)
        case "suffix":
            yield from (f"x{text}", text)
        case "wildcard":
            yield re.sub(r"(?<!\\)\*", "x", text).replace("\\*", "*")
        case "equals-ignore-case":
            yield text
        case "cidr":
            yield str(text).split("/", maxsplit=1)[0]
        case _:
            yield from ("x", "y", 1, True)
