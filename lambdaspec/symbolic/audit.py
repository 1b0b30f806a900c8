"""Who needs `RecursiveLoop: Allow`, whom it would let run away, and whom it serves nothing.

A function needs it when a guarded loop through it is cut short by the recursion detection. An
`Allow` is unsafe when, together with others perhaps, it makes the architecture unbounded.
"""

from __future__ import annotations

from attrs import evolve, frozen

from lambdaspec.architecture.elements import Architecture, RecursiveLoop
from lambdaspec.checking import check, decided_with_loops
from lambdaspec.flow.loops import LoopVerdict
from lambdaspec.kernel.verdict import Bounded
from lambdaspec.result import Options, Result
from lambdaspec.symbolic.mistakes import mistakes
from lambdaspec.symbolic.nearest import nearest
from lambdaspec.symbolic.oracle import Oracle


@frozen
class Audit:
    """What an audit of the `Allow`s says.

    Attributes:
        allowed: the functions that have `Allow` now.
        needed: those that need it so that no guarded loop is cut short; a minimal set.
        unsafe: minimal sets of functions that, all of them allowed, make it unbounded.
        complete: whether sets of any size were looked at.
        result: the full check with exactly the needed ones allowed: its certificate is the proof
            that each stays bounded with it.

    """

    allowed: tuple[str, ...]
    needed: tuple[str, ...]
    unsafe: tuple[tuple[str, ...], ...]
    complete: bool
    result: Result

    @property
    def safe(self) -> bool:
        """Whether what is needed can be allowed."""
        return isinstance(self.result.verdict, Bounded)

    @property
    def superfluous(self) -> tuple[str, ...]:
        """Functions that are allowed and need not be."""
        return tuple(name for name in self.allowed if name not in self.needed)


MOST_TOGETHER = 3
"""How many `Allow`s are looked at together."""


def audit(architecture: Architecture, options: Options) -> Audit:
    """Audit the recursion settings of an architecture."""
    functions = [f for f in architecture.functions.values() if not f.is_pipe]
    allowed = tuple(f.name for f in functions if f.recursive_loop is RecursiveLoop.ALLOW)
    strict = allowing(architecture, ())
    needed = _needed(strict, options)
    edits = mistakes(strict, ["allow"])
    within = min(MOST_TOGETHER, len(edits))
    found = nearest(Oracle(strict, options, edits), within)
    names = [edit.changes[0].name for edit in edits]
    unsafe = tuple(tuple(names[i] for i in places) for places in found.sets)
    complete = within == len(edits) or () in unsafe
    return Audit(allowed, needed, unsafe, complete, check(allowing(architecture, needed), options))


def allowing(architecture: Architecture, names: tuple[str, ...]) -> Architecture:
    """The architecture with `Allow` on exactly these functions."""
    functions = {
        name: function
        if function.is_pipe
        else evolve(
            function,
            recursive_loop=RecursiveLoop.ALLOW if name in names else RecursiveLoop.TERMINATE,
        )
        for name, function in architecture.functions.items()
    }
    return evolve(architecture, functions=functions)


def _needed(strict: Architecture, options: Options) -> tuple[str, ...]:
    """Allow whom the cutoff refuses until no loop is cut short, then take back who is not needed."""
    chosen: list[str] = []
    while True:
        refused = [name for name in _refused(strict, chosen, options) if name not in chosen]
        if not refused:
            break
        chosen += refused
    left = _refused(strict, chosen, options)
    for name in list(chosen):
        fewer = [other for other in chosen if other != name]
        if _refused(strict, fewer, options) == left:
            chosen = fewer
    return tuple(name for name in strict.functions if name in chosen)


def _refused(strict: Architecture, allowed: list[str], options: Options) -> list[str]:
    """The functions that the cutoff refuses on a loop that has an end of its own."""
    _, found = decided_with_loops(allowing(strict, tuple(allowed)), options)
    loops = [one.loop for one in found if one.loop.verdict is LoopVerdict.CUT_SHORT]
    return list(dict.fromkeys(loop.refused for loop in loops if loop.refused is not None))
