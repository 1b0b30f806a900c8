"""What build servers read: JUnit's XML, and GitHub's annotations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from lambdaspec.codes import CODES
from lambdaspec.diagnostics import Finding, Level
from lambdaspec.report.fingerprint import relative

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("�", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("�", text))


def junit(suites: Mapping[str, Sequence[Finding]], least: Level, root: str = "") -> str:
    """JUnit's XML: a suite for each input, a failed case for each finding at that level.

    An input without such a finding has one case that passes.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    total = sum(max(1, len(found)) for found in suites.values())
    failed = sum(f.level >= least for found in suites.values() for f in found)
    lines.append(f'<testsuites name="lambdaspec" tests="{total}" failures="{failed}">')
    for path, found in suites.items():
        lines += _suite(relative(path, root), found, least, root)
    return "\n".join([*lines, "</testsuites>", ""])


def _suite(path: str, found: Sequence[Finding], least: Level, root: str) -> Iterator[str]:
    failed = sum(one.level >= least for one in found)
    name = _attribute(path)
    yield f'  <testsuite name={name} tests="{max(1, len(found))}" failures="{failed}">'
    if not found:
        yield f'    <testcase classname="lambdaspec" name={name}/>'
    for one in found:
        title = _attribute(f"{one.code} {CODES[one.code].name}: {one.message}")
        place = ""
        if one.span is not None:
            file = _attribute(relative(one.span.path, root))
            place = f' file={file} line="{one.span.line}"'
        if one.level < least:
            yield f'    <testcase classname="lambdaspec.{one.code}" name={title}{place}/>'
            continue
        yield f'    <testcase classname="lambdaspec.{one.code}" name={title}{place}>'
        text = _xml("\n".join([str(one.span or ""), *one.notes, one.help]))
        message = _attribute(one.message)
        yield f'      <failure type="{one.level.word}" message={message}>{text}</failure>'
        yield "    </testcase>"
    yield "  </testsuite>"


_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def github(findings: Iterable[Finding], root: str = "") -> Iterator[str]:
    """GitHub's workflow commands, one a line: annotations on the lines of the pull request."""
    for one in findings:
        parts = []
        if one.span is not None:
            parts.append(f"file={_property(relative(one.span.path, root))}")
            parts.append(f"line={one.span.line}")
            parts.append(f"col={one.span.column}")
        parts.append(f"title={_property(f'{one.code} {CODES[one.code].name}')}")
        text = "\n".join([one.message, *one.notes, one.help]).strip()
        yield f"::{_COMMANDS[one.level]} {','.join(parts)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
