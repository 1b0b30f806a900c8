"""Can a written object trigger a notification? Key patterns against prefix and suffix.

A key pattern is literal text with holes, `{}` or `{name}`, that stand for any text. The answer is
exact: yes if and only if some text for the holes gives a key with the prefix and the suffix
(S3-FILTER, S3-PREFIX-PROOF).
"""

from __future__ import annotations

import re

HOLE = re.compile(r"\{[A-Za-z_0-9.]*\}")
"""Text that is not known, inside a text that is: `out/{name}.csv`."""


def key_can_match(pattern: str, prefix: str, suffix: str) -> bool:
    """Whether some key of the pattern starts with `prefix` and ends with `suffix`."""
    literals = HOLE.split(pattern)
    if len(literals) == 1:
        return pattern.startswith(prefix) and pattern.endswith(suffix)
    # With a hole between, start and end do not touch: the hole makes up for what is missing.
    first, last = literals[0], literals[-1]
    starts = first.startswith(prefix) or prefix.startswith(first)
    ends = last.endswith(suffix) or suffix.endswith(last)
    return starts and ends


def example_key(pattern: str, prefix: str, suffix: str) -> str | None:
    """A short key of the pattern with that prefix and suffix; None if there is none (S3-FILTER)."""
    if not key_can_match(pattern, prefix, suffix):
        return None
    literals = HOLE.split(pattern)
    if len(literals) == 1:
        return pattern
    first, *middle, last = literals
    begin = prefix[len(first) :]
    end = suffix[: len(suffix) - len(last)] if len(suffix) > len(last) else ""
    if not middle:
        whole = begin and end and not begin.endswith("/")
        return f"{first}{begin}{'' if whole else 'x'}{end}{last}"
    holes = [begin or "x", *["x"] * (len(middle) - 1), end or "x"]
    texts = [first]
    for hole, text in zip(holes, [*middle, last], strict=True):
        texts += [hole, text]
    return "".join(texts)


def event_can_match(written: str, wanted: tuple[str, ...]) -> bool:
    """Whether an event type and a notification's types have one in common (S3-EVENTS).

    Both sides are written without `s3:` and may end in `*`.
    """
    return any(_overlap(written, one) for one in wanted)


def _overlap(one: str, other: str) -> bool:
    if one.endswith("*") and other.endswith("*"):
        a, b = one[:-1], other[:-1]
        return a.startswith(b) or b.startswith(a)
    if other.endswith("*"):
        return one.startswith(other[:-1])
    if one.endswith("*"):
        return other.startswith(one[:-1])
    return one == other
