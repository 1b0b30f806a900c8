"""Conditions on the event that guard a write, where they can be recognised."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from lambdaspec.handlers import ir
from lambdaspec.handlers.values import Num, Path, Value, alternatives, literal

_TESTS = {
    "startswith": "prefix",
    "startsWith": "prefix",
    "StartsWith": "prefix",
    "HasPrefix": "prefix",
    "endswith": "suffix",
    "endsWith": "suffix",
    "EndsWith": "suffix",
    "HasSuffix": "suffix",
    "includes": "contains",
    "contains": "contains",
    "Contains": "contains",
    "equals": "equals",
    "Equals": "equals",
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@frozen
class Condition:
    """A test of a part of the event: `prefix`, `suffix`, `contains`, `equals` or a comparison.

    Attributes:
        path: the part of the event.
        test: what is tested: one of those words, or `<`, `<=`, `>`, `>=`, `==`, `!=`.
        worth: the text or number that it is compared with.
        holds: whether the test holds where the write is made.

    """

    path: Path
    test: str
    worth: str | int
    holds: bool


def conditions(
    test: ir.Expr, value: Callable[[ir.Expr], Value], *, positive: bool
) -> tuple[Condition, ...]:
    """What must hold of the event where a test holds (or fails); unknown parts say nothing."""
    match test:
        case ir.Logic(op="not", items=[inner]):
            return conditions(inner, value, positive=not positive)
        case ir.Logic(op="and", items=items) if positive:
            return tuple(c for one in items for c in conditions(one, value, positive=True))
        case ir.Logic(op="or", items=items) if not positive:
            return tuple(c for one in items for c in conditions(one, value, positive=False))
        case ir.Compare(op=op, left=left, right=right):
            return _compared(op, value(left), value(right), positive=positive)
        case ir.Call(callee=ir.Member(of=of, name=name), args=args) if name in _TESTS and args:
            owner, worth = value(of), value(args[0])
            if name.startswith("Has") and len(args) > 1:  # Go: strings.HasSuffix(text, suffix)
                owner, worth = worth, value(args[1])
            return _tested(_TESTS[name], owner, worth, positive=positive)
        case _:
            return ()


def _tested(test: str, owner: Value, worth: Value, *, positive: bool) -> tuple[Condition, ...]:
    path, text = _path(owner), literal(worth)
    if path is None or text is None:
        return ()
    return (Condition(path, test, text, positive),)


def _path(value: Value) -> Path | None:
    """The part of the event that a value is; a default beside it does not matter."""
    found = [one for one in alternatives(value) if isinstance(one, Path)]
    others = [one for one in alternatives(value) if not isinstance(one, Path | Num)]
    return found[0] if len(found) == 1 and not others and "?" not in found[0].steps else None


def _compared(op: str, left: Value, right: Value, *, positive: bool) -> tuple[Condition, ...]:
    if op == "in":
        return _tested("contains", right, left, positive=positive)
    if op not in _OPPOSITE:
        return ()
    path, worth = _path(left), right
    if path is None:
        path, worth, op = _path(right), left, _MIRRORED[op]
    if path is None:
        return ()
    text = literal(worth)
    if text is not None and op in ("==", "!="):
        return (Condition(path, "equals", text, positive == (op == "==")),)
    if (
        isinstance(worth, Num)
        and isinstance(worth.value, int)
        and not isinstance(worth.value, bool)
    ):
        return (Condition(path, op if positive else _OPPOSITE[op], worth.value, holds=True),)
    return ()
