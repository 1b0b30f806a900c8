"""Findings that somebody has looked at and accepts: in `.lambdaspec.toml`, and in comments.

Every suppression needs a reason. One that suppresses nothing is reported, so that it does not hide
the next finding. In templates, `Metadata: lambdaspec: {ignore: [...]}` does the same for a function.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from attrs import define, evolve, field, frozen

from lambdaspec.architecture.document import finding as wrong
from lambdaspec.codes import CODES, NAMES
from lambdaspec.diagnostics import Finding, Span

FILE = ".lambdaspec.toml"
KEYS = ("code", "path", "resource", "reason")
_COMMENT = re.compile(r"(?:#|//)\s*lambdaspec:\s*ignore\s+(\S+)\s*(.*)$")


@frozen
class Suppression:
    """One suppression: the code, where it holds, why, and where it stands."""

    code: str
    reason: str
    span: Span
    path: str = ""
    resource: str = ""
    line: int | None = None

    def fits(self, finding: Finding, root: Path) -> bool:
        """Whether a finding is one that it suppresses."""
        if finding.code != self.code:
            return False
        span = finding.span
        if self.line is not None:
            here = span is not None and span.path == self.span.path
            return here and span is not None and span.line in (self.line, self.line + 1)
        if self.resource and self.resource not in _names(finding):
            return False
        if not self.path:
            return True
        if span is None:
            return False
        absolute = PurePath(Path(span.path).absolute())
        inside = absolute.relative_to(root) if absolute.is_relative_to(root) else absolute
        return fnmatchcase(inside.as_posix(), self.path)


def _names(finding: Finding) -> list[str]:
    return re.split(r" → |[\s:,`]+", f"{finding.subject} → {finding.message}")


@define
class Suppressions:
    """All suppressions of a run, and what is wrong with those that are none."""

    root: Path
    known: list[Suppression] = field(factory=list)
    problems: list[Finding] = field(factory=list)
    used: set[Suppression] = field(factory=set)

    def apply(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings that nothing suppresses."""
        kept = []
        for one in findings:
            fitting = [s for s in self.known if s.fits(one, self.root)]
            self.used.update(fitting)
            if not fitting:
                kept.append(one)
        return tuple(kept)

    def unused(self) -> Iterator[Finding]:
        """A finding for each suppression that suppressed nothing."""
        for one in self.known:
            if one not in self.used:
                message = f"nothing here is {one.code} any more: {one.reason}"
                code = CODES["LS111"]
                yield Finding("LS111", code.level, message, code.fix, one.span)

    def comments(self, path: str, text: str) -> None:
        """Add those in the comments of a file: on the line of a finding, or the one before."""
        if "lambdaspec:" not in text:
            return
        for number, line in enumerate(text.splitlines(), 1):
            match = _COMMENT.search(line)
            if match is None:
                continue
            column = match.start() + 1
            span = Span(path, number, column, number, len(line) + 1)
            self.add(match[1], match[2].strip(), span, line=number)

    def add(
        self,
        code: str,
        reason: str,
        span: Span,
        *,
        path: str = "",
        resource: str = "",
        line: int | None = None,
    ) -> None:
        """Add one, or what is wrong with it."""
        entry = CODES.get(code.upper()) or NAMES.get(code.lower())
        if entry is None:
            message = f"`{code}` is no code; `lambdaspec explain` lists them"
            self.problems.append(wrong("LS003", span, message))
        elif not reason:
            message = f"a suppression of {entry.code} needs a reason"
            self.problems.append(wrong("LS013", span, message))
        else:
            self.known.append(Suppression(entry.code, reason, span, path, resource, line))


def find(start: Path) -> Suppressions:
    """Those of `.lambdaspec.toml` in a folder or the nearest one around it."""
    here = start.absolute()
    for folder in (here, *here.parents):
        file = folder / FILE
        if file.is_file():
            return _read(file)
        if (folder / ".git").exists():
            break
    return Suppressions(here)


def _read(file: Path) -> Suppressions:
    made = Suppressions(file.parent.absolute())
    try:
        text = file.read_bytes().decode()
        data = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        made.problems.append(wrong("LS001", Span(str(file)), f"not valid TOML: {error}"))
        return made
    lines = [
        n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith("[[suppress")
    ]
    listed = data.pop("suppress", [])
    for name in data:
        message = f"`{name}` has no meaning here; there is `[[suppress]]`"
        made.problems.append(wrong("LS002", Span(str(file)), message))
    for place, one in enumerate(listed if isinstance(listed, list) else [None]):
        line = lines[place] if place < len(lines) else 1
        span = Span(str(file), line, 1, line, 13)
        if not isinstance(one, dict) or not all(isinstance(v, str) for v in one.values()):
            made.problems.append(wrong("LS004", span, "a suppression is a table of texts"))
            continue
        for key in sorted(set(one) - set(KEYS)):
            message = f"a suppression has no key `{key}`; there are {', '.join(KEYS)}"
            made.problems.append(wrong("LS002", span, message))
        code, reason = one.get("code", ""), one.get("reason", "").strip()
        made.add(code, reason, span, path=one.get("path", ""), resource=one.get("resource", ""))
    return made


__all__ = ["FILE", "Suppression", "Suppressions", "evolve", "find"]
