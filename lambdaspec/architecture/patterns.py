"""Patterns on events: EventBridge, SNS filter policies, filters of event source mappings.

A pattern is a tree: fields are ANDed, the matches in a leaf's list are ORed (EB-PATTERN, SNS-FILTER,
SQS-FILTER). `matches` answers for a concrete event, exactly; `leaves` takes a pattern apart into
conditions on single fields, for everything that does not know whole events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    import ipaddress

Path = tuple[str, ...]


class Dialect(Enum):
    """Whose rules hold: they differ in operators and in how numbers and lists are compared."""

    EVENTBRIDGE = "EventBridge"
    SNS = "SNS"
    MAPPING = "an event source mapping"


class _Absent:
    """The value of a field that is not there."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()

_TEXT = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard", "cidr"})
_OPERATORS = {
    Dialect.EVENTBRIDGE: _TEXT | {"anything-but", "numeric", "exists"},
    Dialect.SNS: _TEXT - {"wildcard"} | {"anything-but", "numeric", "exists"},
    Dialect.MAPPING: _TEXT - {"wildcard", "cidr"} | {"anything-but", "numeric", "exists"},
}
_COMPARE = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}


@frozen
class Leaf:
    """A condition on one field: any of `matches`."""

    path: Path
    matches: tuple[Any, ...]


def problems(pattern: object, dialect: Dialect, path: Path = ()) -> Iterator[str]:
    """Everything that AWS would refuse about a pattern, in words."""
    where = f"`{'.'.join(path)}`" if path else "the pattern"
    if not isinstance(pattern, Mapping):
        yield f"{where} must be a mapping of fields"
        return
    for name, inner in pattern.items():
        here = (*path, str(name))
        if name == "$or":
            if not isinstance(inner, list) or len(inner) < 2:
                yield f"{where}: `$or` takes a list of at least two patterns"
            else:
                for one in inner:
                    yield from problems(one, dialect, path)
        elif isinstance(inner, Mapping):
            yield from problems(inner, dialect, here)
        elif not isinstance(inner, list) or not inner:
            yield f"`{'.'.join(here)}` must be a list of values or operators"
        else:
            for match in inner:
                yield from _wrong(match, dialect, ".".join(here))


def _wrong(match: object, dialect: Dialect, where: str) -> Iterator[str]:
    if isinstance(match, list):
        yield f"`{where}`: a list cannot stand inside a list"
    if not isinstance(match, Mapping):
        return
    if len(match) != 1:
        yield f"`{where}`: an operator stands alone in its braces"
        return
    ((name, value),) = match.items()
    if name not in _OPERATORS[dialect]:
        allowed = ", ".join(sorted(_OPERATORS[dialect]))
        yield f"`{where}`: {dialect.value} has no operator `{name}`; it has {allowed}"
        return
    fits = {
        "exists": isinstance(value, bool),
        "numeric": _numeric_form(value),
        "cidr": isinstance(value, str) and _network(value) is not None,
        "anything-but": value is not None and value not in ([], {}),
    }
    texts = isinstance(value, str) or (isinstance(value, Mapping) and name in ("prefix", "suffix"))
    if not fits.get(name, texts):
        yield f"`{where}`: `{name}` cannot take {value!r}"


def _numeric_form(value: object) -> bool:
    if not isinstance(value, list) or len(value) not in (2, 4):
        return False
    signs, numbers = value[::2], value[1::2]
    return all(sign in _COMPARE for sign in signs) and all(_is_number(n) for n in numbers)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    import ipaddress  # rarely needed, and slow to load

    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def matches(pattern: Mapping[str, Any], event: object, dialect: Dialect) -> bool:
    """Whether a concrete event passes a pattern without `problems`.

    Args:
        pattern: the pattern.
        event: a JSON document; for an SNS policy on attributes, the attributes by name.
        dialect: whose rules hold.

    """
    for name, inner in pattern.items():
        if name == "$or":
            if not any(matches(one, event, dialect) for one in inner):
                return False
            continue
        value = event.get(name, ABSENT) if isinstance(event, Mapping) else ABSENT
        if isinstance(inner, Mapping):
            parts = value if isinstance(value, list) else [value]
            if not any(matches(inner, part, dialect) for part in parts):
                return False
        elif not leaf_matches(inner, value, dialect):
            return False
    return True


def leaf_matches(leaf: Sequence[Any], value: object, dialect: Dialect) -> bool:
    """Whether the value of a field, perhaps `ABSENT`, passes any of a leaf's matches.

    Of a list in the event one element has to pass; an empty list passes nothing but an
    `exists: false`, as if it were not there.
    """
    if isinstance(value, list):
        if not value:
            return leaf_matches(leaf, ABSENT, dialect)
        return any(_one_matches(one, part, dialect) for part in value for one in leaf)
    return any(_one_matches(one, value, dialect) for one in leaf)


def _one_matches(match: object, value: object, dialect: Dialect) -> bool:
    if not isinstance(match, Mapping):
        return value is not ABSENT and _equal(match, value, dialect)
    ((name, wanted),) = match.items()
    if name == "exists":
        return (value is not ABSENT and not isinstance(value, Mapping)) is wanted
    if value is ABSENT or isinstance(value, Mapping):
        return False
    if name == "anything-but":
        return not _excluded(wanted, value, dialect)
    if name == "numeric":
        return _is_number(value) and all(
            _COMPARE[sign](value, number)
            for sign, number in zip(wanted[::2], wanted[1::2], strict=True)
        )
    return isinstance(value, str) and _text_matches(name, wanted, value)


def _excluded(wanted: object, value: object, dialect: Dialect) -> bool:
    if isinstance(wanted, Mapping):
        ((name, texts),) = wanted.items()
        several = texts if isinstance(texts, list) else [texts]
        return isinstance(value, str) and any(_text_matches(name, t, value) for t in several)
    several = wanted if isinstance(wanted, list) else [wanted]
    return any(_equal(one, value, dialect) for one in several)


def _text_matches(name: str, wanted: Any, value: str) -> bool:
    if isinstance(wanted, Mapping):  # {"prefix": {"equals-ignore-case": "x"}}
        wanted, value = str(wanted["equals-ignore-case"]).lower(), value.lower()
    match name:
        case "prefix":
            return value.startswith(wanted)
        case "suffix":
            return value.endswith(wanted)
        case "equals-ignore-case":
            return value.lower() == str(wanted).lower()
        case "wildcard":
            parts = [re.escape(part.replace("\\*", "*")) for part in re.split(r"(?<!\\)\*", wanted)]
            return re.fullmatch(".*".join(parts), value, re.DOTALL) is not None
        case "cidr":
            network, address = _network(wanted), _network(value)
            same = network is not None and address is not None
            return same and network.version == address.version and address.subnet_of(network)  # type: ignore[union-attr,arg-type]
        case _:
            return False


def _equal(wanted: object, value: object, dialect: Dialect) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    if _is_number(wanted) and _is_number(value):
        if dialect is Dialect.MAPPING:  # numbers are compared as they are written: 300 is not 300.0
            return type(wanted) is type(value) and wanted == value
        return wanted == value
    return type(wanted) is type(value) and wanted == value


def leaves(pattern: Mapping[str, Any], path: Path = ()) -> list[Leaf]:
    """The conditions on single fields that must all hold; what stands below `$or` is left out.

    Leaving out lets more pass: an `$or` joins fields, and which of them holds is not known.
    """
    found: list[Leaf] = []
    for name, inner in pattern.items():
        if name == "$or":
            continue
        if isinstance(inner, Mapping):
            found += leaves(inner, (*path, name))
        else:
            found.append(Leaf((*path, name), tuple(inner)))
    return found
