"""Terraform's functions, as far as they can be told without a plan."""

from __future__ import annotations

import re
from pathlib import Path

from attrs import define

from lambdaspec.architecture.document import Mapping, Node, Scalar, Sequence
from lambdaspec.diagnostics import Span
from lambdaspec.importers.build import joined, mapping, node
from lambdaspec.importers.terraform import hcl

MOST_BYTES = 1_000_000
"""Files that are read by `file` and `templatefile` are at most this large."""

ABSENT = "(absent)"
"""What a part is called that something known does not have."""

_SAME = frozenset(
    [
        "jsonencode",
        "yamlencode",
        "toset",
        "tolist",
        "tomap",
        "tostring",
        "tonumber",
        "tobool",
        "nonsensitive",
        "sensitive",
        "trimspace",
        "flatten",
        "distinct",
        "sort",
        "compact",
        "base64encode",
        "jsondecode",
        "one",
        "any",
    ]
)
_DIRECTIVE = re.compile(r"[ \t]*%\{~?\s*(if\b[^}]*|endif\s*~?)\}")
"""What makes a part of a template conditional: the part is kept."""

_HASHES = frozenset(
    [
        "filebase64sha256",
        "filesha256",
        "filemd5",
        "base64sha256",
        "sha256",
        "md5",
        "sha1",
        "uuid",
        "timestamp",
    ]
)


def called(name: str, args: list[Node], span: Span, folder: Path, root: Path) -> Node | None:
    """What a call gives; None where that is not known."""
    if name in _SAME:
        return args[0] if args else None
    if name in _HASHES:
        return Scalar(span, "hash")
    match name:
        case "concat" | "setunion":
            lists = [one.items for one in args if isinstance(one, Sequence)]
            return Sequence(span, [item for items in lists for item in items]) if lists else None
        case "merge":
            return _merged(args, span)
        case "try":
            return next((one for one in args if not is_absent(one)), None)
        case "coalesce":
            known = [one for one in args if not _missing(one)]
            return known[0] if known else args[0] if args else None
        case "lookup":
            return _looked_up(args)
        case "element" | "index":
            return _element(args)
        case "join":
            return _joined(args, span)
        case "format":
            return _formatted(args, span)
        case "replace" | "lower" | "upper" | "title" | "substr" | "trimsuffix" | "trimprefix":
            return _text_of(name, args, span)
        case "file":
            return _file(args, span, folder, root)
        case "templatefile":
            return _template(args, span, folder, root)
        case "abspath" | "basename" | "dirname" | "pathexpand":
            return args[0] if args else None
        case "length":
            return (
                Scalar(span, len(args[0].items)) if args and isinstance(args[0], Sequence) else None
            )
        case "zipmap":
            return _zipped(args, span)
        case "keys" | "values":
            return _listed(name, args, span)
        case _:
            return None


@define
class Partial(Mapping):
    """An object that may have more parts than those."""


def _merged(args: list[Node], span: Span) -> Node | None:
    known = [one for one in args if isinstance(one, Mapping) and not is_reference(one)]
    entries = {k: v for one in known for k, v in one.entries.items()}
    if not entries and args:
        return Mapping(span, {}) if len(known) == len(args) else None
    whole = len(known) == len(args) and not any(isinstance(one, Partial) for one in known)
    return (Mapping if whole else Partial)(span, entries)


def is_reference(one: Mapping) -> bool:
    """Whether an object stands for something else: `Ref` or a function of CloudFormation."""
    return any(k == "Ref" or k.startswith("Fn::") for k in one.entries)


def _zipped(args: list[Node], span: Span) -> Node | None:
    names, values = args if len(args) == 2 else (None, None)
    if not isinstance(names, Sequence) or not isinstance(values, Sequence):
        return None
    texts = [str(one.value) for one in names.items if isinstance(one, Scalar)]
    if len(texts) != len(values.items):
        return None
    return mapping(span, dict(zip(texts, values.items, strict=True)))


def is_absent(one: Node) -> bool:
    """Whether this is a part of something known that does not have it."""
    return isinstance(one, Mapping) and getattr(one.get("Ref"), "value", None) == ABSENT


def _missing(one: Node) -> bool:
    if isinstance(one, Scalar):
        return one.value is None or one.value == ""
    return isinstance(one, Mapping) and getattr(one.get("Ref"), "value", None) == "?"


def _looked_up(args: list[Node]) -> Node | None:
    if len(args) >= 2 and isinstance(args[0], Mapping) and isinstance(args[1], Scalar):
        found = args[0].get(str(args[1].value))
        if found is not None:
            return found
    return args[2] if len(args) > 2 else None


def _element(args: list[Node]) -> Node | None:
    if len(args) == 2 and isinstance(args[0], Sequence) and isinstance(args[1], Scalar):
        place, items = args[1].value, args[0].items
        if isinstance(place, int) and items:
            return items[place % len(items)]
    return None


def _joined(args: list[Node], span: Span) -> Node | None:
    if len(args) != 2 or not isinstance(args[0], Scalar) or not isinstance(args[1], Sequence):
        return None
    pieces: list[Node] = []
    for place, item in enumerate(args[1].items):
        pieces += [args[0], item] if place else [item]
    return joined(span, pieces) if pieces else Scalar(span, "")


def _formatted(args: list[Node], span: Span) -> Node | None:
    if not args or not isinstance(args[0], Scalar) or not isinstance(args[0].value, str):
        return None
    pieces: list[Node] = []
    rest = args[1:]
    texts = args[0].value.replace("%d", "%s").replace("%v", "%s").replace("%q", "%s").split("%s")
    for place, text in enumerate(texts):
        pieces.append(Scalar(span, text))
        if place < len(texts) - 1:
            if place >= len(rest):
                return None
            pieces.append(rest[place])
    return joined(span, pieces)


def _text_of(name: str, args: list[Node], span: Span) -> Node | None:
    texts = [str(a.value) if isinstance(a, Scalar) and not a.tag else None for a in args]
    if not texts or any(text is None for text in texts):
        return args[0] if name in ("lower", "upper") and args else None
    first, *others = [text for text in texts if text is not None]
    match name, others:
        case "lower", []:
            return Scalar(span, first.lower())
        case "upper", []:
            return Scalar(span, first.upper())
        case "replace", [old, new] if not old.startswith("/"):
            return Scalar(span, first.replace(old, new))
        case "trimsuffix", [end]:
            return Scalar(span, first.removesuffix(end))
        case "trimprefix", [start]:
            return Scalar(span, first.removeprefix(start))
        case _:
            return None


def _text(args: list[Node], folder: Path, root: Path) -> tuple[str, str] | None:
    """A file beside the root module or beside this one, and its path."""
    name = args[0].value if args and isinstance(args[0], Scalar) and not args[0].tag else None
    if not isinstance(name, str):
        return None
    for path in (root / name, folder / name):
        try:
            inside = any(
                path.resolve().is_relative_to(one.resolve().parent) for one in (root, folder)
            )
            if inside and path.is_file() and path.stat().st_size <= MOST_BYTES:
                return str(path), path.read_bytes().decode(errors="replace")
        except (OSError, ValueError, RuntimeError):
            continue
    return None


def _file(args: list[Node], span: Span, folder: Path, root: Path) -> Node | None:
    found = _text(args, folder, root)
    return None if found is None else Scalar(span, found[1])


def _template(args: list[Node], span: Span, folder: Path, root: Path) -> Node | None:
    found = _text(args, folder, root)
    if found is None or len(args) != 2 or not isinstance(args[1], Mapping):
        return None
    pieces: list[Node] = []
    text = _DIRECTIVE.sub("", found[1])
    for place, piece in enumerate(hcl.pieces(text)):
        if place % 2 == 0:
            pieces.append(Scalar(span, piece))
        else:
            value = args[1].get(piece.strip())
            pieces.append(value if value is not None else node(span, {"Ref": "?"}))
    return joined(span, pieces)


def _listed(name: str, args: list[Node], span: Span) -> Node | None:
    if not args or not isinstance(args[0], Mapping):
        return None
    if name == "keys":
        return Sequence(span, [Scalar(span, key) for key in args[0].entries])
    return Sequence(span, [value for _, value in args[0].entries.values()])
