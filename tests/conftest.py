"""Hypothesis is derandomised where CI runs, and what property tests compared is summed up."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
settings.register_profile(
    "local", deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str, Counter[str]], None]:
    """Say what a property test compared; the sums stand at the end of the run."""

    def add(what: str, tally: Counter[str]) -> None:
        request.node.user_properties.append((what, dict(tally)))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sums: they come from several processes."""
    sums: dict[str, Counter[str]] = {}
    for outcome in ("passed", "failed"):
        for done in terminalreporter.stats.get(outcome, []):
            for what, tally in getattr(done, "user_properties", ()):
                sums.setdefault(what, Counter()).update(tally)
    for what, tally in sums.items():
        shown = ", ".join(f"{count:,} {name}" for name, count in tally.items())
        terminalreporter.write_line(f"{what}: {shown}")
