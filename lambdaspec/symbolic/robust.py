"""What a bounded verdict rests on, and whether it survives what AWS leaves vague.

Protections are settings whose loss could matter: an SDK that passes the lineage on, `Terminate`, a
filter, a guard, a redrive policy, a switch. A set of them carries the verdict when it stays bounded
with all others lost. Minimal such sets are the minimal hitting sets of the minimal sets of losses
that make it unbounded, and the other way round; Z3 enumerates them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from attrs import evolve, frozen

from lambdaspec.architecture.elements import Architecture
from lambdaspec.checking import decided_with_loops
from lambdaspec.flow.loops import by_path
from lambdaspec.result import Options
from lambdaspec.semantics import limits
from lambdaspec.semantics.assumptions import ALL_ASSUMPTIONS, Assumption
from lambdaspec.symbolic.edits import Edit, compatible
from lambdaspec.symbolic.mistakes import mistakes
from lambdaspec.symbolic.oracle import Oracle, Says

PROTECTIONS = {
    "lineage-dropped": "SDK-MIN",
    "allow": "REC-MODE",
    "switched-on": "CONC-ZERO",
    "lost-filter": "EB-PATTERN",
    "lost-guard": "PAYLOAD-START",
    "lost-redrive": "SQS-MAXRECV",
}
"""The losses that are looked at, each with the rule by which what is lost protects."""

CUTOFFS = range(14, 21)
"""The cutoffs that count as possible: AWS says approximately 16 (REC-THRESH)."""


@frozen
class Basis:
    """A minimal set of protections that carries a bounded verdict.

    Attributes:
        losses: the edits that must not happen: losing any of these as well makes it unbounded.

    """

    losses: tuple[Edit, ...]

    def rules(self) -> list[tuple[Edit, str]]:
        """Each loss that must not happen, with the rule by which it matters."""
        return [(one, PROTECTIONS[one.name]) for one in self.losses]


def source_of(rule: str) -> str:
    """Where AWS says so, as `: URL`; empty where the rule has no number and stands in the docs."""
    found = next((one for one in vars(limits).values() if getattr(one, "rule", "") == rule), None)
    return "" if found is None else f": {found.source}"


def bases(architecture: Architecture, options: Options) -> Iterator[Basis]:
    """The minimal sets of protections that carry the verdict; none if it is not bounded.

    Each is decided in full; all of them come, the first one after few decisions.
    """
    from lambdaspec.symbolic.hitting import Proposals

    edits = _losses(architecture)
    oracle = Oracle(architecture, options, edits)
    if oracle(()) is not Says.BOUNDED:
        return
    every = frozenset(range(len(edits)))
    proposals = Proposals([1] * len(edits))
    while (kept := proposals.within(len(edits))) is not None:
        lost = every - kept
        if oracle(lost) is Says.BOUNDED:
            least = _least(oracle, every, kept)
            yield Basis(tuple(edits[i] for i in sorted(least)))
            proposals.forbid(least)
        else:
            proposals.demand(_fewest(oracle, lost))


def _losses(architecture: Architecture) -> list[Edit]:
    """One loss for each protection; of several ways to lose the same thing the first."""
    kept: list[Edit] = []
    for edit in mistakes(architecture, PROTECTIONS):
        if compatible([*kept, edit]):
            kept.append(edit)
    return kept


def _least(oracle: Oracle, every: frozenset[int], kept: frozenset[int]) -> frozenset[int]:
    for place in sorted(kept):
        fewer = kept - {place}
        if oracle(every - fewer) is Says.BOUNDED:
            kept = fewer
    return kept


def _fewest(oracle: Oracle, lost: frozenset[int]) -> frozenset[int]:
    """As few losses as are enough for it not to be bounded: one of them must not happen."""
    for place in sorted(lost):
        fewer = lost - {place}
        if oracle(fewer) is not Says.BOUNDED:
            lost = fewer
    return lost


@frozen
class Flip:
    """An answer that another reading changes.

    Attributes:
        what: the verdict, or a loop.
        reading: the cutoff, or the assumption with the reading that flips it.
        now: what is answered.
        then: what would be answered.

    """

    what: str
    reading: str
    now: str
    then: str

    def __str__(self) -> str:
        return f"{self.what}: {self.now}, but {self.then} if {self.reading}"


def flips(
    architecture: Architecture, options: Options, cutoffs: Iterable[int] = CUTOFFS
) -> list[Flip]:
    """Every verdict, of the architecture and of each loop, that some reading changes.

    All combinations of the undocumented readings are decided, and all cutoffs; what more than one
    reading has to change together is listed with all of them.
    """
    base = _answers(architecture, options)
    found: dict[tuple[str, str], Flip] = {}
    settings = [a.setting for a in ALL_ASSUMPTIONS]
    combinations = sorted(
        product((False, True), repeat=len(settings)),
        key=lambda values: sum(
            getattr(options.readings, s) != v for s, v in zip(settings, values, strict=True)
        ),
    )
    for cutoff in (options.cutoff, *(c for c in cutoffs if c != options.cutoff)):
        for values in combinations:
            changed = [
                (a, v)
                for a, v in zip(ALL_ASSUMPTIONS, values, strict=True)
                if getattr(options.readings, a.setting) != v
            ]
            if (cutoff != options.cutoff) and changed:
                continue  # the two do not depend on each other: a cutoff is the same for all
            readings = evolve(options.readings, **{a.setting: v for a, v in changed})
            there = _answers(architecture, evolve(options, cutoff=cutoff, readings=readings))
            said = _said(changed, None if cutoff == options.cutoff else cutoff)
            for what in dict.fromkeys([*base, *there]):
                now, then = base.get(what, "no loop"), there.get(what, "no loop")
                if now != then:
                    found.setdefault((what, then), Flip(what, said, now, then))
    return list(found.values())


def _said(changed: list[tuple[Assumption, bool]], cutoff: int | None) -> str:
    parts = [f"{a.other if v else a.sound} ({a.id})" for a, v in changed]
    if cutoff is not None:
        parts.append(f"the cutoff is {cutoff} (REC-THRESH)")
    return " and ".join(parts)


def _answers(architecture: Architecture, options: Options) -> dict[str, str]:
    decided, found = decided_with_loops(architecture, options)
    loops = by_path(one.loop for one in found)
    answers = {"the verdict": decided.verdict.word}
    for ring, loop in loops.items():
        answers[" → ".join((*ring, ring[0]))] = loop.verdict.value
    return answers
