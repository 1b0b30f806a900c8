"""The numbers, against closed forms worked out by hand, and the interval around them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from lambdaspec.architecture.elements import (
    Architecture,
    AsyncConfig,
    Emission,
    Function,
    Queue,
    QueueMapping,
    Redrive,
)
from lambdaspec.flow import bounds
from lambdaspec.flow.bounds import entry_counts, total
from lambdaspec.flow.build import build
from lambdaspec.flow.count import Count
from lambdaspec.kernel.streett import decide
from lambdaspec.semantics.limits import Scale
from lambdaspec.semantics.settings import Settings
from tests.support.architectures import architectures, scales
from tests.support.build import arch, writer


def numbers(architecture: Architecture, cutoff: int = 16) -> tuple[int | None, int | None]:
    flow = build(Settings(architecture, Scale(cutoff=cutoff)))
    assert decide(flow).bounded
    nominal = total(entry_counts(flow, nominal=True).values())
    worst = total(entry_counts(flow, nominal=False).values())
    assert nominal.exact
    assert worst.exact
    return nominal.most, worst.most


@pytest.mark.parametrize("receives", [1, 2, 5])
def test_a_self_loop_on_a_queue(receives: int) -> None:
    queues = [Queue("Q", redrive=Redrive("D", receives)), Queue("D")]
    made = arch([writer("F", "Q")], queues, [QueueMapping("Q", "F", 1)])
    assert numbers(made) == (16, sum(receives ** (d + 1) for d in range(16)))


def test_the_figures_of_the_design() -> None:
    queues = [Queue("Q", redrive=Redrive("D", 5)), Queue("D")]
    made = arch([writer("F", "Q")], queues, [QueueMapping("Q", "F", 1)])
    assert numbers(made) == (16, 190_734_863_280)
    assert numbers(arch([writer("F", "F")])) == (16, 64_570_080)
    twice = Function("F", can_fail=False, emits=(Emission("F", times=2),))
    assert numbers(arch([twice])) == (65_535, 65_535)


@pytest.mark.parametrize(("fan_out", "retries", "cutoff"), [(1, 0, 5), (2, 2, 4), (3, 1, 3)])
def test_fan_out_and_retries_multiply(fan_out: int, retries: int, cutoff: int) -> None:
    function = Function(
        "F",
        emits=(Emission("F", times=fan_out),),
        asynchronous=AsyncConfig(max_retry_attempts=retries),
    )
    attempts = retries + 1
    worst = sum(fan_out**d * attempts ** (d + 1) for d in range(cutoff))
    nominal = sum(fan_out**d for d in range(cutoff))
    assert numbers(arch([function]), cutoff) == (nominal, worst)


def test_without_a_redrive_policy_retention_is_the_limit() -> None:
    made = arch([Function("F")], [Queue("Q")], [QueueMapping("Q", "F", 1)])
    assert numbers(made) == (1, 11_520)


def test_too_much_for_an_exact_number_gives_an_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    functions = [writer(f"F{i}", *(f"F{j}" for j in range(6))) for i in range(6)]
    flow = build(Settings(arch(functions), Scale()))
    assert decide(flow).bounded
    worst = total(entry_counts(flow, nominal=False).values())
    assert not worst.exact
    assert worst.most is not None
    assert 6 * 16 <= worst.least < worst.most
    monkeypatch.setattr(bounds, "RELAXED_BUDGET", 10)
    looser = total(entry_counts(flow, nominal=False).values())
    assert looser.most is not None
    assert looser.most >= worst.most


@settings(max_examples=120)
@given(architectures(), scales())
def test_the_interval_contains_the_exact_number(made: Architecture, scale: Scale) -> None:
    flow = build(Settings(made, scale))
    if not decide(flow).bounded:
        return
    for name, sites in flow.entry_sites.items():
        for site in sites:
            if len(sites) == 1:
                exact = entry_counts(flow, nominal=False)[name]
                assert exact.most is not None
                values = flow.starts[site]
                most, exponent = bounds._upper(flow, site, values)
                assert bounds._lower(flow, site, values) <= exact.most
                assert exponent is None
                assert most is not None
                assert exact.most <= most


def test_the_total_is_the_largest_entry() -> None:
    assert total([Count(1, 3), Count(2, 2)]) == Count(2, 3)
    assert total([Count(1, 3), Count(2, None, 9)]) == Count(2, None, 9)
    assert total([Count(1, 3), Count(2, None)]) == Count(2, None)
