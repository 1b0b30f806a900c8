"""What a stock property is, what it finds, and the list of them all.

Each is decided from the flow or the settings, for architectures of any size, without a bound on
messages. Those that can also be watched on the machine say how: explicit search then gives the
shortest run, and the tests compare the two answers.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from lambdaspec.diagnostics import Span
from lambdaspec.flow.graph import Flow
from lambdaspec.kernel.properties import Property
from lambdaspec.semantics.limits import PATIENCE
from lambdaspec.semantics.state import Action


@frozen
class Broken:
    """One place at which a property does not hold.

    Attributes:
        message: what can happen there.
        span: where to look.
        notes: what else to know: the setting that allows it, the rule.
        run: the shortest run that shows it, a line for each step, where one was made.

    """

    message: str
    span: Span | None = None
    notes: tuple[str, ...] = ()
    run: tuple[str, ...] = ()


@frozen
class Judgement:
    """What is known of one property in one architecture.

    Attributes:
        places: how many places it was asked of; with none it holds vacuously.
        broken: where it does not hold.
        unknown: why nothing is known of some place, None if everything is.

    """

    places: int
    broken: tuple[Broken, ...] = ()
    unknown: str | None = None

    @property
    def holds(self) -> bool | None:
        """True, False, or None if that is not known."""
        if self.broken:
            return False
        return None if self.unknown is not None else True

    @property
    def vacuous(self) -> bool:
        """Whether it holds only because there is nothing that it is about."""
        return self.places == 0 and not self.broken


def _everything(_: Action) -> bool:
    return True


@frozen
class Watch:
    """How a property is watched on the machine.

    Attributes:
        property: in the words of the kernel.
        keep: which actions belong to the question.

    """

    property: Property
    keep: Callable[[Action], bool] = _everything


@frozen
class Asked:
    """What a property may depend on besides the architecture.

    Attributes:
        patience: seconds that a shard or group may be held up by one bad record.

    """

    patience: int = PATIENCE.value


@frozen
class Stock:
    """A stock property: its code and name are those of the finding."""

    code: str
    name: str
    decide: Callable[[Flow, Asked], Judgement]
    watch: Callable[[Flow], Watch] | None = None
