"""The name of a finding that stays the same while lines move: for baselines, SARIF and diffs."""

from __future__ import annotations

import contextlib
import hashlib
import re
from pathlib import PurePath

from lambdaspec.diagnostics import Finding


def relative(path: str, root: str = "") -> str:
    """A path as reports show it: with slashes, below the root where it is there."""
    pure = PurePath(path)
    if root:
        with contextlib.suppress(ValueError):
            pure = pure.relative_to(root)
    return pure.as_posix()


def fingerprint(finding: Finding, root: str = "") -> str:
    """A digest of code, file and subject; numbers and lines take no part."""
    path = relative(finding.span.path, root) if finding.span is not None else ""
    subject = finding.subject or re.sub(r"[0-9][0-9,.]*", "#", finding.message)
    text = f"{finding.code}\0{path}\0{subject}"
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]
