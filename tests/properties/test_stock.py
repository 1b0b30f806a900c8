"""Stock properties: what the flow decides against what the machine does, and each by hand."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, seed, settings

from lambdaspec.architecture.elements import (
    Architecture,
    Emission,
    Entry,
    Function,
    Queue,
    QueueMapping,
    RecursiveLoop,
    Redrive,
    Stream,
    StreamMapping,
)
from lambdaspec.exploring import Bounds, explore
from lambdaspec.flow.build import build
from lambdaspec.kernel.search import Limits
from lambdaspec.properties.innocent import decide_innocent
from lambdaspec.properties.registry import STOCK, find
from lambdaspec.properties.stock import Asked
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.settings import Settings
from tests.support.architectures import architectures, scales
from tests.support.build import arch, writer

CASES = 100 if os.environ.get("CI") else 40
WATCHED = [name for name, one in STOCK.items() if one.watch is not None]

ONE_SIDED = {
    "silent-loss": "an age or a receive count that the writes before it never let come true",
    "runs-twice": "a first delivery that no run of the machine makes",
    "innocent-dropped": "a way to the cutoff that needs a failure, which the watch leaves out",
}
"""Where the flow may say more than the machine shows, and why: it looks at one place at a time."""


@pytest.mark.parametrize("name", WATCHED)
def test_the_flow_finds_whatever_the_machine_does(
    name: str, report: Callable[[str, Counter[str]], None]
) -> None:
    tally: Counter[str] = Counter()
    messages = 2 if name == "innocent-dropped" else 1

    @seed(7_000 + len(name))
    @settings(max_examples=CASES)
    @given(architectures(functions=2, channels=2), scales())
    def compare(architecture: Architecture, scale: Scale) -> None:
        asked = Settings(architecture, scale)
        decided = find(name).decide(build(asked), Asked())
        bounds = Bounds(messages, Limits(states=1_000))
        (told,) = explore(asked, [find(name)], bounds)
        if told.holds is None:
            tally["too large"] += 1
            return
        tally["broken" if told.holds is False else "held"] += 1
        if told.holds is False:
            assert decided.holds is not True, told.lines
        elif decided.holds is False:
            tally["only the flow objects"] += 1
            assert name in ONE_SIDED or name == "never-settled"

    compare()
    report(f"architectures on which {name} was decided and watched", tally)
    assert tally["broken"] + tally["held"] > CASES * 0.3


def looped(batch: int, cutoff: int, receives: int | None) -> tuple[Architecture, Scale]:
    redrive = None if receives is None else Redrive("D", receives)
    queue = Queue("Q", redrive=redrive)
    mapping = QueueMapping("Q", "F", batch)
    return arch([writer("F", "Q")], [queue, Queue("D")], [mapping]), Scale(cutoff=cutoff)


@pytest.mark.parametrize(("cutoff", "receives"), [(1, 1), (2, 3), (16, 3), (16, 1)])
@pytest.mark.parametrize("batch", [2, 10, 10_000])
def test_two_messages_decide_whatever_the_batch(cutoff: int, receives: int, batch: int) -> None:
    made, scale = looped(batch, cutoff, receives)
    judged = decide_innocent(build(Settings(made, scale)), Asked())
    (broken,) = judged.broken
    assert f"after {cutoff + receives + 1} deliveries and moves" in broken.message


def test_the_shortest_drop_takes_twenty_deliveries_and_moves() -> None:
    made, scale = looped(2, 16, 3)
    (broken,) = decide_innocent(build(Settings(made, scale)), Asked()).broken
    assert "after 20 deliveries and moves" in broken.message
    assert sum("refused" in line for line in broken.run) == 3
    (told,) = explore(Settings(made, scale), [find("innocent-dropped")], Bounds(2, reduce=True))
    assert told.holds is False
    delivered = [line for line in told.lines if "batch [" in line or "received too" in line]
    assert len(delivered) == 20


def test_no_innocent_is_dropped_without_a_cut_or_without_company() -> None:
    for made, scale in (looped(1, 2, 3), looped(1, 16, None)):
        assert decide_innocent(build(Settings(made, scale)), Asked()).holds is True
    allowed, _ = looped(2, 2, 3)
    function = Function("F", recursive_loop=RecursiveLoop.ALLOW, emits=(Emission("Q"),))
    allowed = arch([function], list(allowed.channels.values()), list(allowed.triggers))
    assert decide_innocent(build(Settings(allowed)), Asked()).holds is True


def test_a_queue_without_a_redrive_policy_drops_by_age() -> None:
    made, scale = looped(2, 2, None)
    (broken,) = decide_innocent(build(Settings(made, scale)), Asked()).broken
    assert sum("refused" in line for line in broken.run) == 200  # and so on for four days


def test_how_long_a_bad_record_holds_its_shard_up() -> None:
    function = Function("F", timeout=60)
    for mapping, holds in (
        (StreamMapping("S", "F"), False),
        (StreamMapping("S", "F", max_retry_attempts=59), True),
        (StreamMapping("S", "F", max_retry_attempts=60), False),
        (StreamMapping("S", "F", max_record_age=3_600), True),
        (StreamMapping("S", "F", max_retry_attempts=56, bisect=True, batch_size=4), True),
        (StreamMapping("S", "F", max_retry_attempts=58, bisect=True, batch_size=4), False),
    ):
        made = arch([function], [Stream("S")], [mapping])
        judged = find("blocked-too-long").decide(build(Settings(made)), Asked(3_600))
        assert judged.holds is holds, mapping


def test_a_property_about_nothing_says_so() -> None:
    empty = arch([Function("F")])
    for name in ("innocent-dropped", "blocked-too-long", "short-visibility", "throttled-away"):
        assert find(name).decide(build(Settings(empty)), Asked()).vacuous


def test_properties_have_codes_with_pages() -> None:
    from lambdaspec.codes import CODES, NAMES

    for name, one in STOCK.items():
        assert NAMES[name] is CODES[one.code]
        assert find(one.code) is one
    with pytest.raises(ValueError, match="there is no property `nothing`"):
        find("nothing")
    assert Entry("F").to == "F"
