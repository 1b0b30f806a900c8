"""Guards and updates on the integers of a payload: `when: event.depth < 30`, `set: ...`.

A guard is a conjunction of comparisons of one field with an integer; an update sets a field to an
integer or adds an integer to it. A field that an event does not carry reads as 0 (PAYLOAD-START).
"""

from __future__ import annotations

import json
import re
from typing import Any

from attrs import frozen

from lambdaspec.architecture.patterns import Leaf


@frozen
class Guard:
    """`at_least <= event.field < below`; a missing side does not constrain."""

    field: str
    at_least: int | None = None
    below: int | None = None

    def __str__(self) -> str:
        if " fails" in self.field:  # a condition of `lambdaspec.architecture.conditions`
            return _condition(*self.field.split(" fails", 1))
        if self.at_least is not None and self.below is not None:
            return f"event.{self.field} == {self.at_least}"
        if self.below is not None:
            return f"event.{self.field} < {self.below}"
        return f"event.{self.field} >= {self.at_least}"


def _condition(field: str, told: str) -> str:
    """A condition on a text in words: `event.done is not there`."""
    matches = json.loads(told[told.index("[") :])
    first, name = matches[0], f"event.{field}"
    if matches == [{"exists": False}, False, "", 0, None]:
        return f"{name} is not set"
    plain = [one for one in matches if one != {"exists": False}]
    if isinstance(first, dict) and "exists" in first and len(matches) == 1:
        return f"{name} is {'' if first['exists'] else 'not '}there"
    if len(plain) != 1:
        return f"{name} in {json.dumps(matches, ensure_ascii=False)}"
    (one,) = plain
    if not isinstance(one, dict):
        return f"{name} == {json.dumps(one, ensure_ascii=False)}"
    ((word, worth),) = one.items()
    if word == "anything-but" and isinstance(worth, dict):
        ((word, worth),) = worth.items()
        return f"{name} without {word} {json.dumps(worth, ensure_ascii=False)}"
    if word == "anything-but":
        several = worth if isinstance(worth, list) else [worth]
        return f"{name} != " + " and ".join(json.dumps(v, ensure_ascii=False) for v in several)
    return f"{name} with {word} {json.dumps(worth, ensure_ascii=False)}"


@frozen
class Update:
    """`event.field := value`, or `event.field := event.field + value` if `adds`.

    With `terms`, `event.field := (factor * event.other + ... + value) // divisor`, of the values
    before; division rounds down.
    """

    field: str
    value: int
    adds: bool
    terms: tuple[tuple[str, int], ...] = ()
    divisor: int = 1

    def __str__(self) -> str:
        if self.terms:
            parts = [f"{factor} * event.{name}" for name, factor in self.terms]
            total = " + ".join([*parts, str(self.value)])
            return f"event.{self.field} := ({total}) // {self.divisor}"
        if not self.adds:
            return f"event.{self.field} := {self.value}"
        return f"event.{self.field} := event.{self.field} {'+' if self.value >= 0 else '-'} {abs(self.value)}"


_COMPARISON = re.compile(r"\s*event\.([A-Za-z_]\w*)\s*(<=|>=|==|<|>)\s*(-?\d{1,18})\s*")
_SUM = re.compile(r"\s*event\.([A-Za-z_]\w*)\s*([+-])\s*(\d{1,18})\s*")

GUARD_FORM = 'comparisons such as `event.depth < 30` or `event.status == "new"`, joined by `and`'
UPDATE_FORM = (
    "an integer, a sum of fields with factors (`event.depth + 1`, `event.left - 2 * event.size`), "
    "perhaps divided (`(event.low + event.high) // 2`), a text, in which `{}` stands for any text, `true`, `false` or `null`"
)


def parse_guard(text: str) -> tuple[Guard, ...]:
    """Read a `when`.

    Raises:
        ValueError: the text has another form; the message says which forms there are.

    """
    return tuple(_comparison(part) for part in re.split(r"\band\b", text))


_TEXT = re.compile(r"\s*event\.([A-Za-z_][\w.-]*)\s*(==|!=)\s*(\"[^\"]*\"|true|false|null)\s*")


def parse_condition(text: str) -> tuple[tuple[Guard, ...], tuple[Leaf, ...]]:
    """Read a `when` that may also compare fields with texts, `true`, `false` and `null`.

    `== null` holds where the field is not there. Comparisons of integers come back as guards.

    Raises:
        ValueError: the text has another form; the message says which forms there are.

    """
    guards: list[Guard] = []
    leaves: list[Leaf] = []
    for part in re.split(r"\band\b(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", text):
        match = _TEXT.fullmatch(part)
        if match is None:
            guards.append(_comparison(part))
            continue
        value = json.loads(match[3])
        equal: Any = {"exists": False} if value is None else value
        differs: list[Any] = [{"exists": True}]
        if value is not None:
            differs = [{"anything-but": [value]}, {"exists": False}]
        leaves.append(Leaf((match[1],), (equal,) if match[2] == "==" else tuple(differs)))
    return tuple(guards), tuple(leaves)


def parse_text(field: str, value: object) -> str | bool | None:
    """Read one entry of a `set` that is no integer: a text, perhaps with holes, or a boolean.

    Raises:
        ValueError: it is something else, or looks like a sum.

    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and not value.strip().startswith("event."):
        return value
    raise ValueError(f"`{value}` is not understood for `{field}`; `set` takes {UPDATE_FORM}")


def _comparison(text: str) -> Guard:
    match = _COMPARISON.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text.strip()}` is not understood; a guard is {GUARD_FORM}")
    field, sign, number = match[1], match[2], int(match[3])
    bounds = {
        "<": (None, number),
        "<=": (None, number + 1),
        ">": (number + 1, None),
        ">=": (number, None),
        "==": (number, number + 1),
    }
    return Guard(field, *bounds[sign])


def parse_update(field: str, value: object) -> Update:
    """Read one entry of a `set`.

    Args:
        field: the field that is set.
        value: what the input says: an integer, or a text such as `event.depth + 1`.

    Raises:
        ValueError: the value has another form; the message says which forms there are.

    """
    if isinstance(value, int) and not isinstance(value, bool):
        return Update(field, value, adds=False)
    match = _SUM.fullmatch(value) if isinstance(value, str) else None
    if match is not None and match[1] == field:
        return Update(field, int(match[2] + match[3]), adds=True)
    found = _formula(field, value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"`{value}` is not understood; `set` takes {UPDATE_FORM}")
    return found


_TERM = re.compile(r"\s*([+-]?)\s*(?:(?:(\d{1,9})\s*\*\s*)?event\.([A-Za-z_]\w*)|(\d{1,18}))\s*")
_QUOTIENT = re.compile(r"\s*(?:\((.*)\)|([^()]*?))\s*//\s*(\d{1,9})\s*")


def _formula(field: str, text: str) -> Update | None:
    """A sum of fields with factors, perhaps divided: `(event.low + event.high) // 2`."""
    quotient = _QUOTIENT.fullmatch(text)
    inner, divisor = text, 1
    if quotient is not None:
        inner, divisor = quotient[1] or quotient[2] or "", int(quotient[3])
        if quotient[1] is None and not _TERM.fullmatch(inner):
            return None  # `a + b // 2` would be read in two ways
    terms: dict[str, int] = {}
    constant = place = 0
    while place < len(inner):
        match = _TERM.match(inner, place)
        if match is None or match.end() == place or (place and not match[1]):
            return None
        sign = -1 if match[1] == "-" else 1
        if match[3] is None:
            constant += sign * int(match[4])
        else:
            terms[match[3]] = terms.get(match[3], 0) + sign * int(match[2] or 1)
        place = match.end()
    kept = tuple(sorted((name, factor) for name, factor in terms.items() if factor))
    if not terms or divisor < 1:
        return None
    return Update(field, constant, adds=False, terms=kept, divisor=divisor)
