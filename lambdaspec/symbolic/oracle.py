"""The decision as an oracle, asked whether the architecture with some edits made is unbounded.

Where the architecture is bounded as it is, only the part of it that the edits touch is decided
again: what is not connected with them, in either direction, stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from attrs import define, evolve, field

from lambdaspec.architecture.elements import Architecture
from lambdaspec.architecture.parts import parts
from lambdaspec.checking import prepared
from lambdaspec.decide import Decided, decide_architecture
from lambdaspec.kernel.verdict import Bounded, Unbounded
from lambdaspec.result import Options
from lambdaspec.symbolic.edits import Edit, Part, apply, compatible, valid


class Says(Enum):
    """What is known of one configuration."""

    BOUNDED = "bounded"
    UNBOUNDED = "unbounded"
    UNKNOWN = "unknown"
    INVALID = "invalid"


@define
class Oracle:
    """Decides configurations of one architecture; remembers every answer.

    Attributes:
        asked: how many decisions were made.

    """

    architecture: Architecture
    options: Options
    edits: Sequence[Edit] = ()
    asked: int = 0
    answers: dict[frozenset[int], Says] = field(factory=dict)
    _home: dict[str, int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._home = parts(self.architecture)

    def __call__(self, places: Iterable[int]) -> Says:
        """What the decision says with the edits at these places of the list made."""
        chosen = frozenset(places)
        known = self.answers.get(chosen)
        if known is None:
            known = self.answers[chosen] = self.judge([self.edits[i] for i in sorted(chosen)])
        return known

    def judge(self, edits: Sequence[Edit]) -> Says:
        """What the decision says with some edits made."""
        if not compatible(edits):
            return Says.INVALID
        part = apply(self.architecture, edits)
        if edits and self(()) is Says.BOUNDED:
            part = self._around(part, edits)
        if not valid(part):
            return Says.INVALID
        verdict = self.decided(part).verdict
        if isinstance(verdict, Bounded):
            return Says.BOUNDED
        return Says.UNBOUNDED if isinstance(verdict, Unbounded) else Says.UNKNOWN

    def decided(self, architecture: Architecture) -> Decided:
        """The verified decision about an architecture under the oracle's options."""
        self.asked += 1
        return decide_architecture(prepared(architecture, self.options), self.options.search)

    def _around(self, edited: Architecture, edits: Sequence[Edit]) -> Architecture:
        """The parts that the edits touch."""
        home = self._home
        touched = {home[name] for edit in edits for name in self._names(edit) if name in home}
        if len(touched) == len(set(home.values())):
            return edited

        def kept(name: str) -> bool:
            return home.get(name, -1) in touched or name not in home

        return evolve(
            edited,
            functions={n: f for n, f in edited.functions.items() if kept(n)},
            channels={n: c for n, c in edited.channels.items() if kept(n)},
            triggers=tuple(t for t in edited.triggers if kept(t.source)),
            entries=tuple(e for e in edited.entries if kept(e.to)),
        )

    def _names(self, edit: Edit) -> Iterable[str]:
        for change in edit.changes:
            for value in (change.before, change.after):
                if isinstance(value, str):
                    yield value
            if change.part is not Part.TRIGGER:
                yield change.name
            elif int(change.name) < len(self.architecture.triggers):
                yield self.architecture.triggers[int(change.name)].source
