"""The exceptions of lambdaspec, and whose fault each one is.

LambdaspecError
├── InputError     the input is wrong: carries every finding, no traceback is shown (exit 3)
└── ToolFault      lambdaspec contradicts itself: please report it (exit 4)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdaspec.diagnostics import Finding


class LambdaspecError(Exception):
    """Base of everything that lambdaspec raises on purpose."""


class InputError(LambdaspecError):
    """The input cannot be read as an architecture; `findings` lists every reason at once."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(f"{f.span}: {f.message}" for f in self.findings))


class ToolFault(LambdaspecError):
    """Two parts of lambdaspec disagree, or a proof does not check: a bug of lambdaspec."""
