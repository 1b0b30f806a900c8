"""Sites and hops: the counter graph of what can happen to one event in an architecture.

A site is a place where the event can rest: in a queue, in Lambda's queue for a function, in a
function that runs, in a channel that passes it on. A hop is one thing that the platform or a
function can do to it there. Besides the hops themselves a site has plays: hops that happen
together. A play of a delivery that fails has two hops, the writes of the failed run and the message
that comes back; the decision looks at hops, the count of invocations at plays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum, IntEnum

from attrs import define, field, frozen

from lambdaspec.architecture.elements import Emission, Trigger
from lambdaspec.kernel.counters import NOTHING, Counter, Effect, Guard, Sum, Values
from lambdaspec.semantics.settings import Settings


class Kind(Enum):
    """What a site is."""

    QUEUE = "queue"
    ASYNC = "async"
    TRIED = "tried"
    RUN = "run"
    NOTICE = "notice"
    HANDOVER = "handover"
    RECORD = "record"
    REQUEST = "request"
    EXECUTION = "execution"


class Role(Enum):
    """What a hop does, so that replay knows which actions of the machine it stands for."""

    EMIT = "writes to"
    CALL = "invokes and waits for"
    DELIVER = "is delivered to"
    FAIL = "fails and comes back"
    REFUSE = "is refused and comes back"
    REDRIVE = "moves to the dead-letter queue"
    SUCCEED = "succeeds, which goes to"
    GIVE_UP = "is given up, which goes to"
    DROP = "is given up without an execution, which goes to"
    PASS = "is passed on to"  # noqa: S105 - no password
    BOUNCE = "cannot be delivered, which goes to"
    SPLIT = "fails in a batch that is halved"
    DUPLICATE = "is delivered once more"
    MOVE_ON = "is moved on by a person"
    FINISH = "is done with its task"
    ADVANCE = "goes on with"
    CATCH = "fails and is caught"


RETRIES = frozenset({Role.FAIL, Role.REFUSE, Role.SPLIT})
"""Roles whose hops from a site to itself are retries of the same event, not loops."""

SAME_EVENT = RETRIES | {Role.DUPLICATE}
"""Roles whose hops leave the event where it is."""


class Rank(IntEnum):
    """How well things go in a play; the nominal count follows the best rank that is possible."""

    SUCCESS = 0
    REFUSAL = 1
    FAILURE = 2


@frozen
class Site:
    """A place where one event can rest.

    Attributes:
        kind: what it is.
        element: the architecture's function or channel at which it is.
        detail: key and event type in a bucket, subscriber of a handover, name of a mapping.

    """

    kind: Kind
    element: str
    detail: tuple[str, ...] = ()

    def __str__(self) -> str:
        detail = " ".join(part for part in self.detail if part)
        return f"{self.kind.value} {self.element}" + (f" [{detail}]" if detail else "")


@frozen(eq=False)
class Step:
    """One hop of the flow; satisfies `lambdaspec.kernel.counters.Hop`.

    Attributes:
        work: whether a function runs, or is brought to run by what happens beside it.
        company: whether it is work only because of what happens beside it.
        cost: how many runs it adds to a play by itself.
        times: how many copies it makes.
        attempts: how often the platform or an SDK may repeat it, at worst.
        rule: the id of the rule that allows it.
        emission: the emission it takes, with its position in the emitter.
        trigger: the trigger it takes.
        assumption: the id of the assumption that its effect rests on.

    """

    source: int
    target: int
    role: Role
    effect: Effect = NOTHING
    work: bool = False
    company: bool = False
    cost: int = 0
    times: int = 1
    attempts: int = 1
    rule: str = ""
    emission: Emission | None = None
    position: int = 0
    trigger: Trigger | None = None
    assumption: str | None = None


@frozen
class Play:
    """Hops that happen together, to one event, and how well things go in it."""

    rank: Rank
    hops: tuple[int, ...]


LINEAGE, RECEIVES, AGE, ATTEMPTS, SPLITS = "lineage", "receives", "age", "attempts", "splits"
HISTORY, COPIES, REDRIVES = "history", "copies", "redrives"
"""The counter groups that every architecture has; each payload field is a group of its own."""

FRESH = frozenset({RECEIVES, AGE, ATTEMPTS, SPLITS, HISTORY, COPIES})
"""What starts again whenever something new is sent."""


def notice_detail(key: str, event: str, origin: str, relayed: bool) -> tuple[str, ...]:
    """What tells apart the notices of one bucket or bus."""
    if origin:
        return key, event, origin
    if relayed:
        return ("relayed",)
    return (key, event) if key else ()


def payload_counter(field_name: str) -> Counter:
    """The counter of one integer of the payload."""
    return f"payload.{field_name}", ""


@define
class Flow:
    """The whole graph; satisfies `lambdaspec.kernel.counters.CounterGraph`."""

    settings: Settings
    sites: list[Site] = field(factory=list)
    steps: list[Step] = field(factory=list)
    plays: dict[int, list[Play]] = field(factory=dict)
    entry_sites: dict[str, list[int]] = field(factory=dict)
    starts: dict[int, Values] = field(factory=dict)
    signs: dict[str, int] = field(factory=dict)
    _number: dict[tuple[str, ...], int] = field(factory=dict)
    _effects: dict[object, Effect] = field(factory=dict)

    @property
    def size(self) -> int:
        """How many sites there are."""
        return len(self.sites)

    @property
    def hops(self) -> Sequence[Step]:
        """All hops."""
        return self.steps

    def runs(self, index: int) -> bool:
        """Whether a function runs in a hop itself, not only in what happens beside it."""
        return self.steps[index].work and not self.steps[index].company

    def names(self) -> list[str]:
        """The sites' names, in order."""
        return [str(site) for site in self.sites]

    def site(self, kind: Kind, element: str, *detail: str) -> int:
        """The number of a site, which is added when it is new."""
        key = (kind.value, element, *detail)
        number = self._number.get(key)
        if number is None:
            number = self._number[key] = len(self.sites)
            self.sites.append(Site(kind, element, detail))
        return number

    def find(self, site: Site) -> int | None:
        """The number of a site, None if it is not in the flow."""
        return self._number.get((site.kind.value, site.element, *site.detail))

    def effect(
        self,
        guards: Iterable[Guard] = (),
        resets: frozenset[str] = frozenset(),
        assigns: Iterable[tuple[Counter, int]] = (),
        adds: Iterable[tuple[Counter, int]] = (),
        sums: Iterable[Sum] = (),
    ) -> Effect:
        """An effect; equal ones are the same object, which keeps large flows and proofs small."""
        key = (tuple(guards), resets, tuple(assigns), tuple(adds), tuple(sums))
        known = self._effects.get(key)
        if known is None:
            known = self._effects[key] = Effect(*key)
        return known

    def add(self, step: Step) -> int:
        """Add a hop; its index."""
        self.steps.append(step)
        return len(self.steps) - 1

    def play(self, site: int, rank: Rank, hops: Sequence[int]) -> None:
        """Say which hops of a site happen together."""
        self.plays.setdefault(site, []).append(Play(rank, tuple(hops)))

    def payload_groups(self) -> frozenset[str]:
        """The groups of all payload fields that some guard reads."""
        return frozenset(payload_counter(name)[0] for name in self.signs)

    def path(self, hops: Iterable[int]) -> list[str]:
        """The names of the functions and channels that a way passes, without repetitions."""
        names: list[str] = []
        for place, index in enumerate(hops):
            step = self.steps[index]
            ends = (step.source, step.target) if place == 0 else (step.target,)
            for end in ends:
                element = self.sites[end].element
                if not names or names[-1] != element:
                    names.append(element)
        return names


Expand = Callable[[Flow, int, Site], None]
"""What a mechanism's module offers: add the hops that leave a site."""


def retries_removed(flow: Flow) -> Iterator[int]:
    """The hops that are not retries."""
    for index, step in enumerate(flow.steps):
        if not (step.source == step.target and step.role in SAME_EVENT):
            yield index
