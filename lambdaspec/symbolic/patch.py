"""Edits as a patch of the native YAML: comments, order and layout stay as they are.

The text is changed at the places that the YAML parser reports, and read again; only if that gives
exactly the edited architecture is there a patch.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from lambdaspec.architecture.document import parse
from lambdaspec.architecture.elements import (
    Architecture,
    Bucket,
    Bus,
    Queue,
    RecursiveLoop,
    Redrive,
    Sdk,
    Stream,
    Table,
    Topic,
)
from lambdaspec.architecture.guards import Guard, Update
from lambdaspec.architecture.native import is_native, read_native
from lambdaspec.errors import InputError
from lambdaspec.symbolic.edits import Change, Edit, Part, apply

_SECTIONS: dict[type[Any], str] = {
    Queue: "queues",
    Topic: "topics",
    Bucket: "buckets",
    Table: "tables",
    Stream: "streams",
    Bus: "buses",
}
_NAMES = {"asynchronous": "async", "updates": "set"}


class CannotPatch(Exception):
    """The text cannot be changed so that it says what the edits say."""


def patch(path: str, text: str, architecture: Architecture, edits: Sequence[Edit]) -> str:
    """A unified diff of a file in the native form that makes the edits.

    Args:
        path: the file's name, for the head of the diff.
        text: what stands in it.
        architecture: what was read from it.
        edits: compatible edits of that architecture.

    Raises:
        CannotPatch: the file is no native YAML, or an edit cannot be written there.

    """
    after = patched(path, text, architecture, edits)
    name = Path(path).as_posix().lstrip("/")
    lines = difflib.unified_diff(
        text.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def patched(path: str, text: str, architecture: Architecture, edits: Sequence[Edit]) -> str:
    """The text after the edits.

    Raises:
        CannotPatch: see `patch`.

    """
    if path.endswith(".json"):
        raise CannotPatch("only YAML is patched")
    pipes = sum(f.is_pipe for f in architecture.functions.values())
    now = text
    for edit in edits:
        for change in edit.changes:
            now = _changed(now, change, pipes)
    wanted = apply(architecture, edits)
    try:
        document = parse(path, now)
        got = read_native(document) if is_native(document) else None
    except InputError as error:
        raise CannotPatch(f"the changed text cannot be read: {error}") from error
    if got is None or _core(got) != _core(wanted):
        raise CannotPatch("the changed text does not say the same as the edits")
    return now


def _core(architecture: Architecture) -> tuple[object, ...]:
    """What must be equal; entries that were not written down may come out in another order."""
    return dict(architecture.functions), dict(architecture.channels), architecture.triggers


def _changed(text: str, change: Change, pipes: int) -> str:
    way, value = _written(change, pipes)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return _put(text, root, way, value)


def _written(change: Change, pipes: int) -> tuple[list[str | int], str]:
    """Where in the document a change is written, and as what."""
    path = [_NAMES.get(name, name) for name in change.path.split(".")] if change.path else []
    steps: list[str | int] = [int(name) if name.isdigit() else name for name in path]
    if change.part is Part.FUNCTION:
        return ["functions", change.name, *steps], _value(change.path, change.after)
    if change.part is Part.TRIGGER:
        place = int(change.name) - pipes
        if place < 0:
            raise CannotPatch("a pipe's own mapping is not patched")
        return ["triggers", place, *steps], _value(change.path, change.after)
    kind = type(change.after if not change.path else None)
    if not change.path:
        if kind not in _SECTIONS:
            raise CannotPatch(f"a {kind.__name__} cannot be added to the text")
        return [_SECTIONS[kind], change.name], _element(change.after)
    return ["queues", change.name, *steps], _value(change.path, change.after)


def _element(element: Any) -> str:
    parts = []
    if getattr(element, "fifo", False):
        parts.append("fifo: true")
    for name in ("visibility_timeout", "retention"):
        value = getattr(element, name, None)
        if value is not None:
            parts.append(f"{name}: {value}s" if value else f"{name}: 0")
    return "{" + ", ".join(parts) + "}"


def _value(path: str, value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case Redrive():
            count = value.max_receive_count
            more = "" if count is None else f", max_receive_count: {count}"
            return f"{{to: {_text(value.to)}{more}}}"
        case Sdk() | RecursiveLoop():
            return str(value.value)
        case tuple() if path.endswith(".when"):
            return _text(" and ".join(str(one) for one in value if isinstance(one, Guard)))
        case tuple() if path.endswith(".updates"):
            return "{" + ", ".join(_update(one) for one in value) + "}"
        case str():
            return _text(value)
        case _:
            raise CannotPatch(f"{value!r} cannot be written as YAML")


def _update(update: Update) -> str:
    if not update.adds:
        return f"{update.field}: {update.value}"
    sign = "+" if update.value >= 0 else "-"
    return f'{update.field}: "event.{update.field} {sign} {abs(update.value)}"'


def _text(value: str) -> str:
    plain = value.replace("-", "").replace("_", "").isalnum() and not value[0].isdigit()
    if plain and value.lower() not in ("true", "false", "null", "yes", "no", "on", "off"):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _put(text: str, root: Any, way: list[str | int], value: str) -> str:
    """Write a value at a place of the document, making the mappings that are missing on the way."""
    node = root
    for depth, step in enumerate(way):
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                raise CannotPatch("a place in a list is missing")
            node = node.value[step]
            continue
        if not isinstance(node, yaml.MappingNode):
            raise CannotPatch(f"`{step}` has no place")
        found = next((v for k, v in node.value if k.value == step), None)
        if found is None or (
            isinstance(found, yaml.ScalarNode) and found.value == "" and depth + 1 < len(way)
        ):
            inner = value
            for later in reversed(way[depth + 1 :]):
                inner = f"{{{_text(str(later))}: {inner}}}"
            if found is not None:
                return _replaced(text, found, inner)
            return _inserted(text, node, f"{_text(str(step))}: {inner}")
        node = found
    return _replaced(text, node, value)


def _replaced(text: str, node: Any, value: str) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        raise CannotPatch("a block cannot be replaced by a value")
    before = text[:start]
    space = " " if before.endswith(":") else ""
    return before + space + value + text[end:]


def _inserted(text: str, node: Any, entry: str) -> str:
    """Add an entry at the end of a mapping, as a line of its own if it is a block."""
    if node.flow_style or not node.value:
        end = node.end_mark.index - 1
        if text[end] != "}":
            raise CannotPatch("a mapping without an end")
        comma = ", " if node.value else ""
        return text[:end].rstrip(" ") + comma + entry + text[end:]
    first = node.value[0][0].start_mark
    last = node.value[-1][1]
    place = _end_of_line(text, max(last.end_mark.index - 1, last.start_mark.index))
    return f"{text[:place]}\n{' ' * first.column}{entry}{text[place:]}"


def _end_of_line(text: str, index: int) -> int:
    while index > 0 and text[index : index + 1] in ("", "\n", " "):
        index -= 1  # a block's end mark stands at the beginning of what follows
    found = text.find("\n", index)
    return len(text) if found < 0 else found
