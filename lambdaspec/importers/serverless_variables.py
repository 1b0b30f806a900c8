"""Variables of the Serverless Framework: `${self:...}`, `${opt:...}`, `${file(...)}`."""

from __future__ import annotations

import re
from pathlib import Path

from attrs import define, field

from lambdaspec.architecture.document import Document, Mapping, Node, Scalar, Sequence, parse
from lambdaspec.diagnostics import Span
from lambdaspec.errors import InputError
from lambdaspec.importers.build import joined, ref

_VARIABLE = re.compile(r"\$\{([^${}]*)\}")
MOST_WORK = 200_000
"""Nodes that are filled in; variables may stand for each other's copies."""

MOST_DEPTH = 12
"""Variables inside variables that are followed."""

MOST_BYTES = 2_000_000
"""Files that are included are read up to this size."""


@define
class Variables:
    """A file whose variables are replaced as far as they are known."""

    document: Document
    options: dict[str, str]
    root: Mapping = field(init=False)
    active: list[str] = field(factory=list)
    work: int = 0

    def __attrs_post_init__(self) -> None:
        root = self.document.root
        self.root = root if isinstance(root, Mapping) else Mapping(root.span)

    def items(self, one: Node | None) -> list[Node]:
        """A part that may be a list of parts."""
        found = None if one is None else self.filled(one)
        if isinstance(found, Sequence):
            return [self.filled(item) for item in found.items]
        return [] if found is None else [found]

    def filled(self, one: Node, depth: int = 0) -> Node:
        """A node with its variables replaced as far as they are known."""
        self.work += 1
        if depth > MOST_DEPTH or self.work > MOST_WORK:
            return one
        match one:
            case Scalar(value=str() as text) if "${" in text and one.tag in ("", "!Sub"):
                return self._text(one, text, depth)
            case Sequence():
                return Sequence(one.span, [self.filled(i, depth) for i in one.items], one.tag)
            case Mapping():
                entries = {k: (key, self.filled(v, depth)) for k, (key, v) in one.entries.items()}
                return Mapping(one.span, entries, one.tag)
            case _:
                return one

    def _text(self, one: Scalar, text: str, depth: int) -> Node:
        for _ in range(20):
            match = next((m for m in _VARIABLE.finditer(text) if self._ours(m[1])), None)
            if match is None:
                break
            found = self._variable(match[1], one.span, depth)
            if found is None:
                text = text[: match.start()] + f"<<{match[1]}>>" + text[match.end() :]
            elif match[0] == text:
                return self.filled(found, depth + 1)
            elif isinstance(found, Scalar) and not found.tag:
                worth = "" if found.value is None else str(found.value)
                text = text[: match.start()] + worth + text[match.end() :]
            else:  # a text with `!Ref` and the like in it
                before, after = text[: match.start()], text[match.end() :]
                pieces = [self._text(Scalar(one.span, t), t, depth + 1) for t in (before, after)]
                return joined(one.span, [pieces[0], found, pieces[1]])
        return Scalar(one.span, re.sub(r"<<([^<>]*)>>", r"${\1}", text), one.tag)

    @staticmethod
    def _ours(inner: str) -> bool:
        """`${AWS::Region}` and `${Resource.Arn}` are CloudFormation's."""
        first = inner.split(",", maxsplit=1)[0].strip()
        return (
            bool(re.match(r"(self|opt|env|file|sls|param|cf|ssm|aws|s3|strToBool)\b", first))
            and (":" in first or "(" in first)
            and not first.startswith("AWS::")
        )

    def _variable(self, inner: str, span: Span, depth: int) -> Node | None:
        """The first of the alternatives that is known."""
        if inner in self.active or depth > MOST_DEPTH:
            return None
        self.active.append(inner)
        try:
            for part in _alternatives(inner):
                found = self._one(part.strip(), span, depth)
                if found is not None:
                    return found
            return None
        finally:
            self.active.pop()

    def _one(self, part: str, span: Span, depth: int) -> Node | None:
        if part[:1] in "'\"" and part[-1:] == part[:1] and len(part) > 1:
            return Scalar(span, part[1:-1])
        if re.fullmatch(r"-?\d+", part):
            return Scalar(span, int(part))
        if part in ("true", "false", "null"):
            return Scalar(span, {"true": True, "false": False, "null": None}[part])
        source, _, path = part.partition(":")
        match source.strip():
            case "self":
                return self.walked(self.root, path.strip(), depth)
            case "opt":
                name = path.strip()
                worth = self.options.get(name) or ("dev" if name == "stage" else None)
                return None if worth is None else Scalar(span, worth)
            case "sls":
                return Scalar(span, self.options.get("stage", "dev")) if path == "stage" else None
            case "param":
                return self.walked(self.root, f"params.default.{path.strip()}", depth)
            case "aws":
                known = {"region": "AWS::Region", "accountId": "AWS::AccountId"}.get(path.strip())
                return None if known is None else ref(span, known)
            case _:
                return self._file(part, depth)

    def walked(self, start: Node, path: str, depth: int) -> Node | None:
        """What stands at a path of keys below a node."""
        here: Node | None = start
        for name in filter(None, path.split(".")):
            here = (
                None
                if here is None
                else self.filled(here, depth + 1)
                if isinstance(here, Scalar)
                else here
            )
            if isinstance(here, Mapping):
                here = here.get(name)
            elif isinstance(here, Sequence) and name.isdigit() and int(name) < len(here.items):
                here = here.items[int(name)]
            else:
                here = None
        if here is None:
            return self._default(path, start)
        return self.filled(here, depth + 1)

    def _default(self, path: str, start: Node) -> Node | None:
        """What the Framework fills in where the file is silent."""
        if start is self.root and path == "provider.stage":
            return Scalar(start.span, self.options.get("stage", "dev"))
        if start is self.root and path == "provider.region":
            return ref(start.span, "AWS::Region")
        return None

    def _file(self, part: str, depth: int) -> Node | None:
        match = re.fullmatch(r"file\(([^()]+)\)(?::(.*))?", part)
        if match is None:
            return None
        folder = Path(self.document.path).parent
        path = folder / match[1].strip().strip("'\"").replace("${self:provider.stage}", "dev")
        try:
            inside = path.resolve().is_relative_to(folder.absolute().parent.resolve())
            if not inside or path.suffix not in (".yml", ".yaml", ".json") or not path.is_file():
                return None
            if path.stat().st_size > MOST_BYTES:
                return None
            root = parse(str(path), path.read_bytes().decode(errors="replace")).root
        except (OSError, ValueError, InputError):
            return None
        return (
            self.filled(root, depth + 1)
            if match[2] is None
            else self.walked(root, match[2], depth + 1)
        )


def _alternatives(inner: str) -> list[str]:
    """`a, b, 'c, d'` at its commas outside quotes and parentheses."""
    found, depth, quote = [""], 0, ""
    for char in inner:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "," and depth == 0:
            found.append("")
            continue
        found[-1] += char
    return found
