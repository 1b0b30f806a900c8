"""What in a directory could be an architecture: files by what they hold, folders of Terraform."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from lambdaspec.grouping import together, with_parents

SUFFIXES = (".yaml", ".yml", ".json", ".template")
"""What a file in a directory must end in to be looked at."""

SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})
"""Directories that hold other people's files; so do those whose names begin with a dot."""

MOST_FILES = 200_000
"""Files of a directory that are looked at."""

MOST_DEEP = 40
"""Directories inside directories that are entered."""

_WORDS = (b"lambdaspec:", b"Resources", b"provider:", b"StartAt", b"planned_values")
_SOURCE = re.compile(rb'source\s*=\s*"(\.\.?/[^"]*)"')


@frozen
class Candidate:
    """A file or Terraform folder that may be an architecture; `named` if somebody asked for it.

    `others` are templates of the same folder that it is read together with.
    """

    path: str
    named: bool
    others: tuple[str, ...] = ()


def candidates(path: str) -> Iterator[Candidate]:
    """The file itself, or what a directory holds, in order; a `.tf` file stands for its folder."""
    if path.endswith(".tf") and Path(path).is_file():
        yield Candidate(str(Path(path).parent), named=True)
        return
    if not Path(path).is_dir():
        yield Candidate(path, named=True)
        return
    modules: dict[Path, list[Path]] = {}
    found: list[str] = []
    for folder, names in _folders(path):
        for name in names:
            if name.endswith(".tf"):
                modules.setdefault(folder, []).append(folder / name)
            elif name.endswith(SUFFIXES) and _promising(folder / name):
                found.append(str(folder / name))
    called = {one for files in modules.values() for one in _called(files)}
    roots = [str(folder) for folder in modules if folder.resolve() not in called]
    apart = with_parents(found)
    groups = {group[0]: tuple(group[1:]) for group in together(apart)}
    for one in sorted([*groups, *(roots or map(str, modules))]):
        yield Candidate(one, named=False, others=groups.get(one, ()))


def _folders(path: str) -> Iterator[tuple[Path, list[str]]]:
    """The directories and the files in them; links to directories are not followed."""
    seen = 0
    base = len(Path(path).parts)
    for name, inner, names in os.walk(path):
        folder = Path(name)
        inner[:] = sorted(n for n in inner if not _is_foreign(n, folder))
        if len(folder.parts) - base >= MOST_DEEP:
            inner.clear()
        seen += len(names)
        if seen > MOST_FILES:
            return
        yield folder, sorted(n for n in names if not n.startswith("."))


def _is_foreign(name: str, folder: Path) -> bool:
    """Whether a directory holds other people's files, or what CDK packed for upload."""
    packed = name.startswith("asset.") and (folder / "manifest.json").is_file()
    return name.startswith(".") or name in SKIPPED or packed


def _promising(path: Path) -> bool:
    """Whether a file could be an architecture at all: most YAML in a repository is not."""
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with path.open("rb") as file:
            text = file.read(1 << 20)
    except OSError:
        return True
    return any(word in text for word in _WORDS)


def _called(files: list[Path]) -> Iterator[Path]:
    """The folders that a module's files include as modules."""
    for file in files:
        try:
            with file.open("rb") as opened:
                text = opened.read(1 << 20)
            for match in _SOURCE.finditer(text):
                yield (file.parent / match[1].decode(errors="replace")).resolve()
        except (OSError, RuntimeError, ValueError):
            continue
