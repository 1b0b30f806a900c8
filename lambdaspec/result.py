"""What a check says: options in, verdict, loops, numbers and findings out. Data only."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from lambdaspec.architecture.elements import Architecture, Evidence
from lambdaspec.decide import Decided
from lambdaspec.diagnostics import Finding
from lambdaspec.flow.count import Count
from lambdaspec.flow.graph import Flow
from lambdaspec.flow.loops import Loop
from lambdaspec.kernel.lasso import EXPLICIT_BUDGET
from lambdaspec.kernel.verdict import Verdict
from lambdaspec.properties.stock import Judgement
from lambdaspec.replay import Trace
from lambdaspec.semantics.assumptions import Assumption, Readings
from lambdaspec.semantics.limits import CUTOFF, PATIENCE


@frozen
class Options:
    """How to check.

    Attributes:
        evidence: the weakest evidence of an emission that counts towards the verdict.
        cutoff: at how many invocations of a function in a chain the next one is refused.
        entry: check only this entry.
        budget: the greatest worst case that is accepted.
        readings: how undocumented behaviour is read.
        search: how many configurations an explicit search may visit, where one is needed.
        duplicates: how often each at-least-once delivery is repeated without need.
        redrives: how often a person moves what one event has become back from a dead-letter queue.
        properties: names or codes of stock properties to decide too; `all` for every one.
        patience: seconds that a bad record may hold others up (blocked-too-long).

    """

    evidence: Evidence = Evidence.CONFIGURED
    cutoff: int = CUTOFF.value
    entry: str | None = None
    budget: int | None = None
    readings: Readings = Readings()
    search: int = EXPLICIT_BUDGET
    duplicates: int = 0
    redrives: int = 0
    properties: tuple[str, ...] = ()
    patience: int = PATIENCE.value


@frozen
class Rests:
    """An assumption on which the result rests, the reading that was used, and what the other gives.

    `otherwise` is the verdict under the other reading if it differs, else None.
    """

    assumption: Assumption
    reading: str
    otherwise: str | None = None


@frozen
class FoundLoop:
    """A loop with its name and, if it is endless, the replayed trace."""

    id: str
    loop: Loop
    trace: Trace | None = None


@frozen
class Result:
    """Everything that `check` has to say about one architecture.

    Attributes:
        verdict: bounded with a certificate, unbounded with lassos, or unknown.
        nominal: invocations from one event if every run succeeds, the most over the entries.
        worst: the same if everything fails as badly as it may; None if unbounded or unknown.
        entries: nominal and worst for each entry.
        loops: the loops at the chosen strength of evidence.
        possible: loops that exist only on weaker evidence.
        omitted: how many connections lie on further bounded loops that are not listed.
        judgements: the stock properties that were asked for, by name.
        bounded_by: what bounds it, in the words of the JSON report.
        findings: what to act on, worst first.

    """

    architecture: Architecture
    options: Options
    decided: Decided
    nominal: Count | None
    worst: Count | None
    entries: Mapping[str, tuple[Count, Count]]
    loops: tuple[FoundLoop, ...]
    possible: tuple[Loop, ...]
    omitted: int
    bounded_by: tuple[str, ...]
    rests: tuple[Rests, ...]
    judgements: Mapping[str, Judgement] = field(factory=dict)
    findings: tuple[Finding, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """The verdict."""
        return self.decided.verdict

    @property
    def flow(self) -> Flow:
        """The flow that was decided."""
        return self.decided.flow
