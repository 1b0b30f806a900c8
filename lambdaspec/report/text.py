"""The report on the terminal: what, where with the lines of the input, why, what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, frozen

from lambdaspec.codes import CODES
from lambdaspec.diagnostics import Finding, Level, Span
from lambdaspec.findings import number
from lambdaspec.flow.loops import LoopVerdict
from lambdaspec.kernel.verdict import Bounded, Unbounded, Unknown
from lambdaspec.properties.stock import Judgement
from lambdaspec.report.steps import told
from lambdaspec.result import FoundLoop, Result

WIDTH = 80
"""Columns that the text is wrapped to; lines of the input are cut instead."""

MOST_STEPS = 24
"""Steps of a run that are shown; of a longer one the first and last ones."""


@frozen
class Line:
    """A line of the report and the style it is printed in where there is colour."""

    text: str
    style: str = ""


_STYLES = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.NOTE: "bold cyan"}
_BY = {
    "structure": "its structure",
    "retries": "the limits on retries",
    "guard": "guards",
    "filter": "filters",
    "cutoff": "Lambda's recursion cutoff",
    "expiry": "the age of messages",
    "switched-off": "what is switched off",
}


def printable(text: str) -> str:
    """Text of the input without anything that a terminal would obey."""
    return "".join(c if c.isprintable() else "�" for c in text.expandtabs(2))


def report(result: Result, path: str, sources: Mapping[str, str]) -> Iterator[Line]:
    """The whole report on one architecture.

    Args:
        result: what `check` found.
        path: the file it came from.
        sources: the text of each file that findings point into.

    """
    yield Line(f"{printable(result.architecture.name)}  ({path})", "bold")
    endless = [one for one in result.loops if one.loop.verdict is LoopVerdict.UNBOUNDED]
    helped: set[str] = set()
    for finding in result.findings:
        yield Line("")
        yield from shown(
            finding if finding.help not in helped else evolve(finding, help=""), sources
        )
        helped.add(finding.help)
        if finding.code == "LS101":
            yield from _counterexample(result, finding, endless)
    yield Line("")
    yield from _summary(result)


def shown(finding: Finding, sources: Mapping[str, str]) -> Iterator[Line]:
    """One finding: headline, the place, the reasons, the help."""
    name = CODES[finding.code].name
    head = f"{finding.level.word}[{finding.code}] {name}: {printable(finding.message)}"
    for text in textwrap.wrap(head, WIDTH, subsequent_indent="  ", break_long_words=False):
        yield Line(text, _STYLES[finding.level])
    if finding.span is not None:
        yield from _place(finding.span, sources.get(finding.span.path))
    for note in finding.notes:
        yield from _wrapped("= ", printable(note))
    if finding.help:
        yield from _wrapped("help: ", printable(finding.help))


def wrapped(text: str) -> list[str]:
    """A text in lines that fit, those after the first moved in."""
    return textwrap.wrap(text, WIDTH, subsequent_indent="    ", break_long_words=False)


def _wrapped(mark: str, text: str) -> Iterator[Line]:
    room = WIDTH - 5 - len(mark)
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    for place, one in enumerate(lines):
        yield Line("   " + (mark if place == 0 else " " * len(mark)) + one)


def _place(span: Span, source: str | None) -> Iterator[Line]:
    yield Line(f"  --> {span}", "blue")
    lines = [] if source is None else source.splitlines()
    if not 1 <= span.line <= len(lines):
        return
    raw = lines[span.line - 1]
    margin = " " * len(str(span.line))
    until = span.end_column if span.end_line == span.line else len(raw) + 1
    before = len(printable(raw[: span.column - 1]))
    marked = max(1, len(printable(raw[span.column - 1 : until - 1])))
    text = printable(raw)
    room = WIDTH - len(margin) - 6
    if len(text) > room:  # a long line, as in generated JSON: show the part around the place
        cut = max(0, min(before - 10, len(text) - room))
        text, before = "…" + text[cut + 1 : cut + room], before - cut
        marked = min(marked, room - before)
    yield Line(f" {margin} |", "blue")
    yield Line(f" {span.line} | {text}".rstrip())
    yield Line(f" {margin} | {' ' * before}{'^' * marked}", "red")


def _counterexample(result: Result, finding: Finding, loops: list[FoundLoop]) -> Iterator[Line]:
    """The steps of the endless run that this finding is about."""
    if not loops:
        return
    message = finding.message
    chosen = next((one for one in loops if " → ".join(one.loop.path) in message), loops[0])
    loops.remove(chosen)
    if chosen.trace is None:
        return
    begins, repeated = told(result, chosen.trace)
    yield Line("   the run:")
    for text in folded(begins):
        yield Line(f"     {text}")
    yield Line("   and then for ever:", "red")
    for text in folded(repeated):
        yield Line(f"   ↻ {text}", "red")


def folded(lines: Sequence[str]) -> Iterator[str]:
    """Lines cut to the width; in the middle of a long run only their number."""
    shown_lines = list(lines)
    if len(shown_lines) > MOST_STEPS:
        half = MOST_STEPS // 2
        left_out = len(shown_lines) - 2 * half
        shown_lines = [*shown_lines[:half], f"… {left_out:,} more steps …", *shown_lines[-half:]]
    for line in shown_lines:
        text = printable(line)
        yield text if len(text) <= WIDTH - 5 else text[: WIDTH - 6] + "…"


def _judged(name: str, judgement: Judgement) -> Iterator[Line]:
    if judgement.vacuous and judgement.holds:
        yield Line(f"  property {name}: holds, but nothing here is of its kind", "yellow")
    elif judgement.holds:
        places = "place" if judgement.places == 1 else "places"
        yield Line(f"  property {name}: holds at {judgement.places:,} {places}", "green")
    elif judgement.broken:
        yield Line(f"  property {name}: broken at {len(judgement.broken):,}", "red")
    else:
        yield from _wrapped(f"property {name}: ", f"unknown: {judgement.unknown}")


def _summary(result: Result) -> Iterator[Line]:
    match result.verdict:
        case Bounded(certificate=proof):
            reasons = " and ".join(_BY[reason] for reason in result.bounded_by)
            yield Line(f"bounded by {reasons}", "bold green")
            hops = len(proof["hops"])
            yield Line(f"  proof: certificate over {hops:,} hops, checked")
        case Unbounded(lassos=lassos):
            yield Line("unbounded: one event can cause invocations without end", "bold red")
            runs = "run" if len(lassos) == 1 else "runs"
            yield Line(
                f"  proof: {len(lassos)} endless {runs}, replayed twice round on the machine"
            )
        case Unknown(reason=reason, effort=effort):
            yield Line(f"unknown: {reason} ({effort})", "bold yellow")
    if result.nominal is not None and result.worst is not None:
        yield Line(
            f"  one event causes {number(result.nominal)} invocations if every run succeeds,"
        )
        yield Line(f"  {number(result.worst)} at worst")
        if 1 < len(result.entries) <= 12:
            for name, (nominal, worst) in result.entries.items():
                yield Line(f"    {printable(name)}: {number(nominal)}, {number(worst)} at worst")
    for rest in result.rests:
        yield from _wrapped("assumes ", f"{rest.reading} ({rest.assumption.id})")
    for name, judgement in result.judgements.items():
        yield from _judged(name, judgement)
    if result.omitted:
        yield Line(f"  {result.omitted:,} more connections lie on loops that are not listed")
    counts = [sum(f.level is level for f in result.findings) for level in reversed(Level)]
    words = ("error", "warning", "note")
    parts = [f"{n} {w}{'' if n == 1 else 's'}" for n, w in zip(counts, words, strict=True)]
    yield Line("  " + ", ".join(parts))
