"""Markdown for a pull request: the verdicts, the findings, and the loops as Mermaid diagrams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from lambdaspec.codes import CODES
from lambdaspec.diagnostics import Finding, Level
from lambdaspec.report.diagram import highlight, mermaid
from lambdaspec.report.fingerprint import relative
from lambdaspec.result import Result

MOST_BYTES = 60_000
"""GitHub takes comments of up to 65,536 characters."""

_MARKS = {Level.ERROR: "🔴", Level.WARNING: "🟡", Level.NOTE: "🔵"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@-])")


def plain(text: str) -> str:
    """Text of the input as Markdown that shows it: nothing in it is formatted, linked or run."""
    one_line = "".join(c if c.isprintable() else " " for c in text)
    return _SPECIAL.sub(r"\\\1", one_line)


@frozen
class Section:
    """What the comment says about one input."""

    path: str
    word: str
    worst: str
    findings: tuple[Finding, ...]
    diagram: tuple[str, ...] = ()


def markdown(sections: Sequence[Section], unreadable: Iterable[Finding], root: str = "") -> str:
    """The whole comment.

    Args:
        sections: each input and what was found about it.
        unreadable: what could not be read.
        root: the folder that paths are relative to.

    """
    lines = ["## lambdaspec", ""]
    lines += ["| architecture | verdict | one event causes at most |", "|---|---|---|"]
    for one in sections:
        name = plain(relative(one.path, root))
        lines.append(f"| {name} | {one.word} | {one.worst or 'no bound'} |")
    for one in sections:
        found = [f for f in one.findings if f.level > Level.NOTE]
        if found:
            lines += ["", f"### {plain(relative(one.path, root))}", ""]
            lines += [line for f in found for line in _finding(f, root)]
            lines += one.diagram
    broken = list(unreadable)
    if broken:
        lines += ["", "### Not read", ""]
        lines += [line for f in broken for line in _finding(f, root)]
    text = "\n".join([*lines, ""])
    if len(text.encode()) > MOST_BYTES:
        text = text.encode()[:MOST_BYTES].decode(errors="ignore")
        text = text.rsplit("\n", 1)[0] + "\n\n… cut: the whole report is in the build's log\n"
    return text


def _finding(one: Finding, root: str) -> Iterator[str]:
    place = ""
    if one.span is not None:
        place = f" — {plain(relative(one.span.path, root))}:{one.span.line}"
    name = CODES[one.code].name
    yield f"- {_MARKS[one.level]} **{one.code} {name}**: {plain(one.message)}{place}"
    for note in one.notes:
        yield f"  - {plain(note)}"
    if one.help:
        yield f"  - _{plain(one.help)}_"


def diagram(result: Result) -> list[str]:
    """The loops as a Mermaid diagram, folded away."""
    source = mermaid(result.architecture, highlight(result, result.loops))
    fence = "```"
    return [
        "",
        "<details><summary>diagram</summary>",
        "",
        f"{fence}mermaid",
        source.rstrip(),
        fence,
        "",
        "</details>",
    ]
