"""A pytest plugin: `pytest --lambdaspec PATH` collects one test for each entry and each loop.

The fixture `lambdaspec` offers `lambdaspec.testing`. Nothing of the engine is loaded before it is
used: the plugin costs other people's test runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lambdaspec.architecture.elements import Architecture


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--lambdaspec`."""
    group = parser.getgroup("lambdaspec")
    group.addoption(
        "--lambdaspec",
        action="append",
        default=[],
        metavar="PATH",
        help="check this architecture or template: one test for each entry and each loop",
    )


@pytest.fixture
def lambdaspec() -> ModuleType:
    """The module `lambdaspec.testing`: `assert_bounded`, `follow`, `as_test`."""
    import lambdaspec.testing as module

    return module


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the tests of the files that `--lambdaspec` names."""
    for path in config.getoption("--lambdaspec"):
        items.extend(_items(session, path))


def _items(session: pytest.Session, path: str) -> Iterator[pytest.Item]:
    from lambdaspec.loading import load_all
    from lambdaspec.report.text import shown

    loaded, findings = load_all([path])
    for finding in findings:
        lines = [line.text for line in shown(finding, {})]
        yield _Said.from_parent(session, name=f"{path}::input", problem="\n".join(lines))
    for one in loaded:
        yield from _of_architecture(session, one.path, one.architecture)


def _of_architecture(
    session: pytest.Session, path: str, architecture: Architecture
) -> Iterator[pytest.Item]:
    from lambdaspec.checking import check

    for entry in architecture.entries:
        yield _Bounded.from_parent(
            session, name=f"{path}::entry {entry.to}", path_=path, entry=entry.to
        )
    for found in check(architecture).loops:
        name = " → ".join(found.loop.path)
        verdict = found.loop.verdict.value
        bad = verdict in ("unbounded", "cutoff", "cut-short")
        problem = f"{name} is {verdict}: `lambdaspec check {path}` shows why" if bad else ""
        yield _Said.from_parent(session, name=f"{path}::loop {name}", problem=problem)


class _Said(pytest.Item):
    """A test whose outcome is known: a loop, or an input that cannot be read."""

    def __init__(self, *, problem: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.problem = problem

    def runtest(self) -> None:
        if self.problem:
            raise AssertionError(self.problem)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        del style  # the message is the whole report
        return str(excinfo.value)

    def reportinfo(self) -> tuple[str, None, str]:
        return self.name.partition("::")[0], None, self.name


class _Bounded(_Said):
    """A test that one event at one entry causes a bounded number of invocations."""

    def __init__(self, *, path_: str, entry: str, **kwargs: Any) -> None:
        super().__init__(problem="", **kwargs)
        self.source, self.entry = path_, entry

    def runtest(self) -> None:
        from lambdaspec.testing import assert_bounded

        assert_bounded(self.source, entry=self.entry)
