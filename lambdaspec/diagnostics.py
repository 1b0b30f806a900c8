"""Where something stands in a file (`Span`) and what is said about it (`Finding`)."""

from __future__ import annotations

from enum import IntEnum

from attrs import field, frozen


class Level(IntEnum):
    """How much a finding matters; the order is the one `--fail-on` compares by."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The level's name as printed: `note`, `warning` or `error`."""
        return self.name.lower()


@frozen(order=True)
class Span:
    """A stretch of one file: lines and columns count from 1, the end column is exclusive."""

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


def span_field() -> Span | None:
    """An attribute that says where a part stands in the input, and takes no part in comparisons."""
    return field(default=None, eq=False, repr=False)  # type: ignore[no-any-return]


@frozen
class Finding:
    """One thing worth saying about the input.

    Attributes:
        code: a code of `lambdaspec.codes.CODES`, such as `LS101`.
        level: how bad it is.
        message: one line, what is wrong.
        help: what to do about it; may be empty.
        span: where in the input; None when it concerns the whole of it.
        notes: why, a line each.
        steps: the way round of a loop: where each step stands, and what happens there.
        subject: what it is about, without numbers; with the code it names the finding for good.

    """

    code: str
    level: Level
    message: str
    help: str = ""
    span: Span | None = None
    notes: tuple[str, ...] = ()
    steps: tuple[tuple[Span | None, str], ...] = field(default=(), eq=False)
    subject: str = field(default="", eq=False)
