"""The closed verdict type: bounded with a certificate, unbounded with a lasso, or unknown."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from lambdaspec.kernel.lasso import Lasso


@frozen
class Bounded:
    """Every run ends; `certificate` can be checked without the engine that found it."""

    certificate: dict[str, Any] = field(eq=False, repr=False)

    word = "bounded"


@frozen
class Unbounded:
    """Some run never ends: the first of `lassos` is one."""

    lassos: tuple[Lasso, ...]

    word = "unbounded"


@frozen
class Unknown:
    """No answer, and never a pass: `reason` says why, `effort` what was tried."""

    reason: str
    effort: str

    word = "unknown"


Verdict = Bounded | Unbounded | Unknown
