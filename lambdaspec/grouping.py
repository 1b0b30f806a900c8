"""Which templates of a folder belong together: nested in one another, or referring to each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from os.path import normpath
from pathlib import Path

_INSIDE = re.compile(
    rb"""(?:TemplateURL|Location|DefinitionUri|aws:asset:path|definition_file|file)["']?\s*"""
    rb"""[:(=]\s*["']?([^\s"'{}$]+\.(?:ya?ml|json|template))"""
)
"""Where a template names the file of a nested stack or of a state machine."""

_LINKS = (b"ImportValue", b"resolve:ssm", b"AWS::SSM::Parameter::Value")


def with_parents(paths: list[str]) -> list[str]:
    """The files without those that another one of them names as a part of itself."""
    known = {str(Path(path).absolute()): path for path in paths}
    inner: set[str] = set()
    for path in paths:
        for match in _INSIDE.finditer(_bytes(path)):
            named = Path(path).absolute().parent / match[1].decode(errors="replace")
            found = known.get(normpath(named))
            if found is not None and found != path:
                inner.add(found)
    return [path for path in paths if path not in inner]


def together(paths: list[str]) -> list[list[str]]:
    """The files in groups: those of one folder that read what another one offers."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(str(Path(path).parent), []).append(path)
    found: list[list[str]] = []
    for inside in folders.values():
        found += _groups(inside) if len(inside) > 1 else [inside]
    return found


def _groups(paths: list[str]) -> list[list[str]]:
    texts = {path: _bytes(path) for path in paths}
    templates = [path for path in paths if b"Resources" in texts[path]]
    if len(templates) < 2 or not _may_link([texts[path] for path in templates]):
        return [[path] for path in paths]
    leader = {path: path for path in paths}

    def lead(path: str) -> str:
        while leader[path] != path:
            path = leader[path]
        return path

    for one, other in _links(templates):
        first, second = sorted((lead(one), lead(other)))
        leader[second] = first
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(lead(path), []).append(path)
    return list(groups.values())


def _may_link(texts: list[bytes]) -> bool:
    """Whether any of these templates reads what another may offer, or gives something a name."""
    from lambdaspec.importers.cloudformation.stacks import NAMED

    words = (*_LINKS, *(name.encode() for name in NAMED))
    return any(word in text for text in texts for word in words)


def _links(templates: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs of templates of which one reads what only the other one offers."""
    from lambdaspec.architecture.document import parse
    from lambdaspec.errors import InputError
    from lambdaspec.importers.cloudformation.stacks import World, offered, wanted

    offers: dict[tuple[str, str], list[str]] = {}
    wants: dict[str, set[tuple[str, str]]] = {}
    for path in templates:
        try:
            document = parse(path, _bytes(path).decode(errors="replace"))
        except (InputError, RecursionError):
            continue
        stack = World().add(document, "")
        for key in set(offered(stack)):
            offers.setdefault(key, []).append(path)
        wants[path] = set(wanted(stack))
    for path, keys in wants.items():
        for key in keys:
            found = offers.get(key, [])
            if len(found) == 1 and found[0] != path:
                yield path, found[0]


def _bytes(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(2 << 20)
    except OSError:
        return b""
