"""Taking typed values out of a document, and collecting everything that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from enum import Enum
from typing import TypeVar

from attrs import define, field

from lambdaspec.architecture.document import Mapping, Node, Scalar, Sequence, finding
from lambdaspec.architecture.elements import Ignore
from lambdaspec.architecture.guards import (
    Guard,
    Update,
    parse_condition,
    parse_guard,
    parse_text,
    parse_update,
)
from lambdaspec.architecture.patterns import Leaf
from lambdaspec.codes import CODES, NAMES
from lambdaspec.diagnostics import Finding, Span
from lambdaspec.semantics.limits import Limit

E = TypeVar("E", bound=Enum)

TIMES = Limit("REC-PERPATH", 1, "times", "a range of lambdaspec, not of AWS", 0, 1_000_000)
"""How often an emission may happen for each record."""

_DURATION = re.compile(r"(\d{1,12})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@define
class Reader:
    """Reads values; each method returns None and adds a finding when the value is wrong."""

    findings: list[Finding] = field(factory=list)

    def say(self, code: str, span: Span, message: str, help_text: str = "") -> None:
        """Add a finding."""
        self.findings.append(finding(code, span, message, help_text))

    def mapping(self, node: Node | None, what: str, keys: Iterable[str] | None = None) -> Mapping:
        """A mapping; an absent or wrong one reads as empty. `keys` are those that are allowed."""
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return Mapping(node.span if node is not None else Span(""))
        if not isinstance(node, Mapping):
            self.say("LS004", node.span, f"{what} must be a mapping, not {describe(node)}")
            return Mapping(node.span)
        if keys is not None:
            self.unknown(node, what, keys)
        return node

    def unknown(self, node: Mapping, what: str, keys: Iterable[str]) -> None:
        """Say which keys have no meaning, and which one was probably meant."""
        keys = list(keys)
        for name, (key, _) in node.entries.items():
            if name not in keys:
                close = get_close_matches(name, keys, 1)
                hint = f"did you mean `{close[0]}`? " if close else ""
                allowed = ", ".join(f"`{one}`" for one in keys) or "none"
                self.say(
                    "LS002",
                    key.span,
                    f"{what} has no key `{name}`",
                    f"{hint}Allowed here: {allowed}.",
                )

    def sequence(self, node: Node | None, what: str) -> list[Node]:
        """A list; an absent one is empty."""
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return []
        if not isinstance(node, Sequence):
            self.say("LS004", node.span, f"{what} must be a list, not {describe(node)}")
            return []
        return node.items

    def text(self, node: Node | None, what: str) -> str | None:
        """A text."""
        if node is None:
            return None
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
            return node.value
        self.say("LS004", node.span, f"{what} must be a text, not {describe(node)}")
        return None

    def texts(self, node: Node | None, what: str) -> tuple[str, ...]:
        """One text or a list of texts."""
        items = node.items if isinstance(node, Sequence) else [] if node is None else [node]
        found = [self.text(item, what) for item in items]
        return tuple(one for one in found if one is not None)

    def boolean(self, node: Node | None, what: str, default: bool) -> bool:
        """A boolean."""
        if node is None:
            return default
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.say("LS004", node.span, f"{what} must be true or false, not {describe(node)}")
        return default

    def choice(self, node: Node | None, what: str, options: type[E], default: E) -> E:
        """One of the values of an enumeration."""
        if node is None:
            return default
        allowed = {str(option.value): option for option in options}
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value in allowed:
            return allowed[node.value]
        names = ", ".join(f"`{name}`" for name in allowed)
        self.say("LS004", node.span, f"{what} must be one of {names}, not {describe(node)}")
        return default

    def integer(self, node: Node | None, what: str, limit: Limit | None = None) -> int | None:
        """An integer in the limit's range."""
        if node is None:
            return None
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, int) or isinstance(value, bool):
            self.say("LS004", node.span, f"{what} must be an integer, not {describe(node)}")
            return None
        return self._in_range(node, what, value, limit)

    def duration(self, node: Node | None, what: str, limit: Limit | None = None) -> int | None:
        """A time in seconds: an integer, or a text such as `30s`, `5m`, `6h`, `4d`."""
        if node is None:
            return None
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
            value = int(match[1]) * _SECONDS[match[2]]
        if not isinstance(value, int) or isinstance(value, bool):
            shown = describe(node)
            self.say("LS004", node.span, f"{what} must be a time like `30s` or `4d`, not {shown}")
            return None
        return self._in_range(node, what, value, limit)

    def guard(self, node: Node | None, what: str) -> tuple[Guard, ...]:
        """A condition on the payload's integers; an absent one is always true."""
        text = self.text(node, what)
        if text is None or node is None:
            return ()
        try:
            return parse_guard(text)
        except ValueError as error:
            self.say("LS004", node.span, str(error))
            return ()

    def condition(self, node: Node | None, what: str) -> tuple[tuple[Guard, ...], tuple[Leaf, ...]]:
        """A condition on integers, texts, booleans and presence; an absent one is always true."""
        text = self.text(node, what)
        if text is None or node is None:
            return (), ()
        try:
            return parse_condition(text)
        except ValueError as error:
            self.say("LS004", node.span, str(error))
            return (), ()

    def changes(
        self, node: Node | None
    ) -> tuple[tuple[Update, ...], tuple[tuple[str, str | bool | None], ...]]:
        """A `set`: what happens to the payload's integers, and what its other fields become."""
        updates: list[Update] = []
        texts: list[tuple[str, str | bool | None]] = []
        for name, (_, value) in self.mapping(node, "`set`").entries.items():
            raw = value.value if isinstance(value, Scalar) else value
            try:
                updates.append(parse_update(name, raw))
            except ValueError:
                try:
                    texts.append((name, parse_text(name, raw)))
                except ValueError as error:
                    self.say("LS004", value.span, str(error))
        return tuple(updates), tuple(texts)

    def updates(self, node: Node | None) -> tuple[Update, ...]:
        """A `set`: what happens to the payload's integers."""
        found = []
        for name, (_, value) in self.mapping(node, "`set`").entries.items():
            raw = value.value if isinstance(value, Scalar) else value
            try:
                found.append(parse_update(name, raw))
            except ValueError as error:
                self.say("LS004", value.span, str(error))
        return tuple(found)

    def _in_range(self, node: Node, what: str, value: int, limit: Limit | None) -> int | None:
        if limit is not None and not limit.allows(value):
            self.say(
                "LS005",
                node.span,
                f"{what} is {value}, outside AWS's range {limit.range}",
                f"Choose {limit.range} ({limit.rule}, {limit.source}).",
            )
            return None
        return value


def read_ignores(reader: Reader, node: Node | None) -> tuple[Ignore, ...]:
    """A list of `{code, reason}`: findings that are accepted. Both parts are needed."""
    found = []
    for item in reader.sequence(node, "`ignore`"):
        entry = reader.mapping(item, "an entry of `ignore`", ["code", "reason"])
        code, reason = (reader.text(entry.get(key), f"`{key}`") for key in ("code", "reason"))
        if entry.get("code") is None or entry.get("reason") is None:
            reader.say("LS013", item.span, "an entry of `ignore` needs `code` and `reason`")
        elif code is not None and code not in CODES and code not in NAMES:
            reader.say(
                "LS003", item.span, f"there is no finding `{code}`", "See `lambdaspec explain`."
            )
        elif code is not None and reason is not None:
            found.append(Ignore(CODES[code].code if code in CODES else NAMES[code].code, reason))
    return tuple(found)


def describe(node: Node) -> str:
    """What a node is, for messages."""
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool() as value):
            return f"`{str(value).lower()}`"
        case Scalar(value=value):
            shown = str(value)
            return f"`{shown[:60]}…`" if len(shown) > 60 else f"`{shown}`"
