"""The connected parts of an architecture: what has nothing to do with what."""

from __future__ import annotations

from lambdaspec.architecture.elements import Architecture
from lambdaspec.architecture.entries import sent_to


def parts(architecture: Architecture) -> dict[str, int]:
    """For each element the number of the part it is in: elements that are connected at all."""
    near: dict[str, set[str]] = {
        name: set() for name in (*architecture.functions, *architecture.channels)
    }
    for name, found in sent_to(architecture).items():
        for other in found:
            near[name].add(other)
            near[other].add(name)
    home: dict[str, int] = {}
    for name in near:
        if name in home:
            continue
        number, todo = len(home), [name]
        home[name] = number
        while todo:
            for other in near[todo.pop()]:
                if other not in home:
                    home[other] = number
                    todo.append(other)
    return home
