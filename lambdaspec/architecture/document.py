"""YAML and JSON text as a tree that knows where everything stands.

Built from the parser's events, so that nothing is constructed, nothing is lost, and hostile input
(aliases that contain themselves or explode, deep nesting) ends in a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from attrs import define, evolve, field, frozen

from lambdaspec.codes import CODES
from lambdaspec.diagnostics import Finding, Span
from lambdaspec.errors import InputError

MOST_BYTES = 10 * 1024 * 1024
"""Larger files are refused; CloudFormation itself takes templates up to 1 MB."""

MOST_VALUES = 1_000_000
"""More values than this, aliases expanded, are refused."""

MOST_DEPTH = 200
"""Deeper nesting is refused."""

Value = str | int | float | bool | None


def finding(code: str, span: Span, message: str, help_text: str = "") -> Finding:
    """An input finding: its level is the code's."""
    return Finding(code, CODES[code].level, message, help_text or CODES[code].fix, span)


@frozen(eq=False)
class Scalar:
    """A single value; `tag` is a custom tag such as `!Ref`, else empty."""

    span: Span
    value: Value
    tag: str = ""


@define(eq=False)
class Sequence:
    """A list."""

    span: Span
    items: list[Node] = field(factory=list)
    tag: str = ""


@define(eq=False)
class Mapping:
    """Keys with their values in order; a repeated key is reported and its first value kept."""

    span: Span
    entries: dict[str, tuple[Scalar, Node]] = field(factory=dict)
    tag: str = ""

    def get(self, key: str) -> Node | None:
        """The value of a key."""
        found = self.entries.get(key)
        return None if found is None else found[1]


Node = Scalar | Sequence | Mapping


@frozen
class Document:
    """A file's text and its tree."""

    path: str
    text: str
    root: Node


_NULLS = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE"}
_FALSE = {"false", "False", "FALSE"}
_INT = re.compile(r"[-+]?[0-9]{1,4000}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def _plain(text: str) -> Value:
    """The value of an unquoted scalar, by YAML 1.2's core schema."""
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def read(path: str) -> Document:
    """Read a file.

    Raises:
        InputError: it is missing, too large, not UTF-8, empty, or not YAML or JSON.

    """
    span = Span(path)
    try:
        size = Path(path).stat().st_size
        if size > MOST_BYTES:
            message = f"the file has {size:,} bytes, at most {MOST_BYTES:,} are read"
            raise InputError([finding("LS011", span, message)])
        data = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError([finding("LS014", span, f"cannot read the file: {reason}")]) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        at = Span(path, line, column, line, column + 1)
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise InputError([finding("LS010", at, message)]) from error
    return parse(path, text)


def parse(path: str, text: str) -> Document:
    """Turn text into a tree.

    Raises:
        InputError: the text is empty or not YAML or JSON, or has duplicate keys; all at once.

    """
    builder = _Builder(path)
    try:
        builder.build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "not valid YAML"
        # libyaml has a limit of its own, which PyYAML 6.0.4 meets before the first deep event.
        code = "LS012" if "maximum nesting depth" in problem else "LS001"
        builder.say(code, _point(path, mark), problem)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        column = error.position - before.rfind("\n")
        line = before.count("\n") + 1
        builder.say("LS001", Span(path, line, column, line, column + 1), str(error.reason))
    if not builder.findings and (builder.root is None or _is_null(builder.root)):
        builder.say("LS009", Span(path), "the file is empty")
    if builder.findings or builder.root is None:
        raise InputError(builder.findings)
    return Document(path, text, builder.root)


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _point(path: str, mark: yaml.error.Mark | None) -> Span:
    if mark is None:
        return Span(path)
    return Span(path, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)


@define
class _Builder:
    path: str
    findings: list[Finding] = field(factory=list)
    root: Node | None = None
    anchors: dict[str, Node] = field(factory=dict)
    sizes: dict[int, int] = field(factory=dict)
    stack: list[tuple[Sequence | Mapping, list[Scalar]]] = field(factory=list)

    def say(self, code: str, span: Span, message: str) -> None:
        self.findings.append(finding(code, span, message))

    def span(self, event: yaml.Event) -> Span:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return Span(self.path)
        return Span(self.path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def build(self, text: str) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        documents = 0
        for event in yaml.parse(text, Loader=loader):
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self.say("LS001", self.span(event), "a second document in the same file")
                        return
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.SequenceStartEvent():
                    self._open(event, Sequence(self.span(event), tag=_tag(event)))
                case yaml.MappingStartEvent():
                    self._open(event, Mapping(self.span(event), tag=_tag(event)))
                case yaml.CollectionEndEvent():
                    self._close(event)
                case _:
                    pass
            if self.findings and self.findings[-1].code == "LS012":
                return

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        tag = _tag(event)
        plain = event.implicit[0] and not tag
        value = _plain(event.value) if plain else str(event.value)
        node = Scalar(self.span(event), value, tag)
        self.sizes[id(node)] = 1
        self._add(event.anchor, node)

    def _alias(self, event: yaml.AliasEvent) -> None:
        node = self.anchors.get(str(event.anchor))
        span = self.span(event)
        if node is None:
            self.say("LS001", span, f"the alias *{event.anchor} has no anchor before it")
            node = Scalar(span, None)
            self.sizes[id(node)] = 1
        elif any(node is opened for opened, _ in self.stack):
            self.say("LS007", span, f"the alias *{event.anchor} contains itself")
            node = Scalar(span, None)
            self.sizes[id(node)] = 1
        self._add(None, node)

    def _open(self, event: yaml.CollectionStartEvent, node: Sequence | Mapping) -> None:
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        self.stack.append((node, []))
        if len(self.stack) > MOST_DEPTH:
            self.say("LS012", node.span, f"nested more than {MOST_DEPTH} levels deep")

    def _close(self, event: yaml.Event) -> None:
        node, pending = self.stack.pop()
        end = self.span(event)
        node.span = evolve(node.span, end_line=end.end_line, end_column=end.end_column)
        if pending:
            self.say("LS001", pending[0].span, "a key without a value")
        self._add(None, node)

    def _add(self, anchor: str | None, node: Node) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        if not self.stack:
            self.root = node
            return
        parent, pending = self.stack[-1]
        size = self.sizes.get(id(parent), 1) + self.sizes.get(id(node), 1)
        self.sizes[id(parent)] = size
        if size > MOST_VALUES:
            self.say("LS012", parent.span, f"expands to more than {MOST_VALUES:,} values")
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif not pending:
            self._key(parent, pending, node)
        else:
            key = pending.pop()
            self._pair(parent, key, node)

    def _key(self, parent: Mapping, pending: list[Scalar], node: Node) -> None:
        if isinstance(node, Scalar):
            pending.append(node)
        else:
            self.say("LS004", node.span, "a key must be a text")
            pending.append(Scalar(node.span, f"<key {len(parent.entries)}>"))

    def _pair(self, parent: Mapping, key: Scalar, node: Node) -> None:
        name = _key_text(key.value)
        if name == "<<" and isinstance(node, Mapping):
            for inherited, pair in node.entries.items():
                parent.entries.setdefault(inherited, pair)
            return
        if name in parent.entries:
            first = parent.entries[name][0].span
            self.say(
                "LS006", key.span, f"`{name}` stands here a second time; first in line {first.line}"
            )
            return
        parent.entries[name] = (key, node)


def _key_text(value: Value) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _tag(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> str:
    tag = event.tag
    if tag is None or tag == "!" or tag.startswith("tag:yaml.org,2002:"):
        return "!" if tag == "!" else ""
    return str(tag)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it; shared nodes once."""
    seen: set[int] = set()
    todo = [node]
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, Sequence):
            todo += reversed(one.items)
        elif isinstance(one, Mapping):
            todo += [value for _, value in reversed(one.entries.values())]
