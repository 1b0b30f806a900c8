"""Families of architectures with n functions, for the benchmarks."""

from __future__ import annotations

import random
from collections.abc import Callable

from lambdaspec.architecture.elements import (
    Architecture,
    Channel,
    Emission,
    Entry,
    Function,
    StreamMapping,
    Table,
    Trigger,
)


def _architecture(
    name: str,
    targets: list[list[int]],
    channels: dict[str, Channel] | None = None,
    triggers: tuple[Trigger, ...] = (),
    extra: dict[int, str] | None = None,
) -> Architecture:
    functions = {}
    for number, found in enumerate(targets):
        emits = [Emission(f"F{target}") for target in found]
        if extra and number in extra:
            emits.append(Emission(extra[number]))
        functions[f"F{number}"] = Function(f"F{number}", emits=tuple(emits))
    return Architecture(name, functions, channels or {}, triggers, (Entry("F0"),))


def ring(n: int) -> Architecture:
    """Each function invokes the next, the last one the first."""
    return _architecture("ring", [[(i + 1) % n] for i in range(n)])


def complete(n: int) -> Architecture:
    """Everyone invokes everyone, itself included."""
    return _architecture("complete", [list(range(n)) for _ in range(n)])


def lossy_ring(n: int) -> Architecture:
    """A ring whose last hop goes through a table's stream, which loses the lineage."""
    targets = [[i + 1] for i in range(n - 1)] + [[]]
    mapping = StreamMapping("T", "F0")
    return _architecture("lossy ring", targets, {"T": Table("T")}, (mapping,), {n - 1: "T"})


def sparse(n: int) -> Architecture:
    """Each function invokes four others, at random with a fixed seed."""
    chance = random.Random(4)  # noqa: S311 - a fixed graph, not a secret
    return _architecture("sparse", [[chance.randrange(n) for _ in range(4)] for _ in range(n)])


FAMILIES: dict[str, Callable[[int], Architecture]] = {
    "ring": ring,
    "complete": complete,
    "lossy ring": lossy_ring,
    "sparse, 4 hops": sparse,
}
"""Every family by its name."""
