"""Texts of the event that are taken apart: first and last pieces, extensions (KEY-EXTENSION)."""

from __future__ import annotations

from collections.abc import Sequence

from lambdaspec.handlers.values import Num, Path, Piece, Pieces, Value, literal

_FIRST = ("split", "Split", "partition", "strings.Split")
_LAST = ("split", "Split", "rsplit", "rpartition", "strings.Split")
_EXTENSION = ("path.extname", "path.Ext", "filepath.Ext", "Path.GetExtension")


def split(owner: Path, name: str, args: Sequence[Value]) -> Pieces | None:
    """What a method makes of a text: of `split` with a limit, only the first piece is known."""
    by = literal(args[0]) if args else None
    if not by or "\\" in by or name not in (*_FIRST, *_LAST) or "?" in owner.steps:
        return None
    steps = (*owner.steps, "?")
    known = []
    if name in _FIRST:
        known.append((0, Piece(steps, owner, by)))
    if name in _LAST and (len(args) == 1 or name.startswith("r")):
        known.append((-1, Piece(steps, owner, by, last=True)))
    return Pieces(steps, tuple(known))


def taken(owner: Value, name: str, args: Sequence[Value]) -> Value | None:
    """What a method takes out of a list of pieces."""
    if not isinstance(owner, Pieces):
        return None
    if name == "at" and args:
        return owner.at(args[0])
    return owner.at(Num(-1 if name == "pop" else 0)) if name in ("pop", "shift") else None


def of_path(name: str, args: Sequence[Value]) -> Value | None:
    """What a library's function takes out of a key: its extension, its pieces."""
    text = args[0] if args else None
    if not isinstance(text, Path) or "?" in text.steps:
        return None
    extension = Piece((*text.steps, "?"), text)
    if name == "os.path.splitext":
        return Pieces((*text.steps, "?"), ((1, extension), (-1, extension)))
    if name.endswith(_EXTENSION):
        return extension
    return split(text, name, args[1:]) if name == "strings.Split" else None
