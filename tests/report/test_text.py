"""The terminal report: long runs, long lines, hostile text."""

from __future__ import annotations

from lambdaspec.architecture.elements import Architecture, Entry, Function, StreamMapping, Table
from lambdaspec.checking import check
from lambdaspec.diagnostics import Finding, Level, Span
from lambdaspec.findings import written
from lambdaspec.report.text import WIDTH, folded, printable, report, shown
from tests.support.build import writer


def test_a_run_of_hundreds_of_steps_is_folded() -> None:
    lines = list(folded([f"t={i}" for i in range(735)]))
    assert len(lines) == 25
    assert lines[0] == "t=0"
    assert lines[-1] == "t=734"
    assert "711 more steps" in lines[12]


def test_a_short_run_keeps_its_first_and_its_last_step() -> None:
    assert list(folded(["one"])) == ["one"]
    assert list(folded(["one", "two"])) == ["one", "two"]


def test_a_long_counterexample_stays_readable() -> None:
    names = [f"Function{i}" for i in range(60)]
    functions: dict[str, Function] = {}
    for place, name in enumerate(names):
        target = "Items" if place == len(names) - 1 else names[place + 1]
        functions[name] = writer(name, target)
    made = Architecture(
        "long",
        functions,
        {"Items": Table("Items")},
        (StreamMapping("Items", names[0]),),
        (Entry("Items"),),
    )
    lines = [line.text for line in report(check(made), "long.yaml", {})]
    assert len(lines) < 120
    assert max(map(len, lines)) <= WIDTH


def test_nothing_in_the_input_commands_the_terminal() -> None:
    assert printable("a\x1b[31mb\x07\u202e\tc") == "a�[31mb�� c"
    evil = Finding("LS101", Level.ERROR, "x\x1b]0;y\x07", "", Span("a", 1, 1, 1, 3), ("\x1b[2J",))
    text = "\n".join(line.text for line in shown(evil, {"a": "\x1b[31m: 1"}))
    assert "\x1b" not in text
    assert "\x07" not in text


def test_the_place_in_a_very_long_line_is_shown() -> None:
    source = "x" * 5_000 + "HERE" + "y" * 5_000
    finding = Finding("LS101", Level.ERROR, "long", "", Span("a", 1, 5_001, 1, 5_005))
    lines = [line.text for line in shown(finding, {"a": source})]
    code = next(line for line in lines if "HERE" in line)
    marks = next(line for line in lines if "^" in line)
    assert max(map(len, lines)) <= WIDTH
    assert marks.index("^") == code.index("HERE")
    assert marks.count("^") == 4


def test_numbers_in_words() -> None:
    assert written(190_734_863_280) == "190,734,863,280"
    assert written(10**24) == "about 1.0 × 10^24"
    assert written(987 * 10**40) == "about 9.8 × 10^42"
    assert written(3**5_000).startswith("about 4.0 × 10^2385")
