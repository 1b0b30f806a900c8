"""The public surface, the registry of codes, and the rules and limits with their sources."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import lambdaspec
from lambdaspec.codes import CODES
from lambdaspec.semantics.assumptions import ALL_ASSUMPTIONS, Readings
from lambdaspec.semantics.limits import ALL_LIMITS

ROOT = Path(__file__).parents[2]
MECHANISMS = (
    "asynchronous",
    "buses",
    "duplicates",
    "invocation",
    "iot",
    "logs",
    "notices",
    "queues",
    "recursion",
    "routes",
    "schedules",
    "streams",
    "system",
    "workflows",
)


def test_all_public_names_exist_and_are_listed_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert lambdaspec.__all__ == sorted(lambdaspec.__all__)
    for name in lambdaspec.__all__:
        assert getattr(lambdaspec, name) is not None
        assert f"`{name}`" in readme


def test_codes_are_complete() -> None:
    assert len({code.name for code in CODES.values()}) == len(CODES)
    for code in CODES.values():
        assert re.fullmatch(r"LS\d{3}", code.code)
        assert code.what
        assert code.why
        assert code.fix


def test_every_limit_has_its_source_and_stands_in_the_documentation() -> None:
    text = (ROOT / "docs/semantics.md").read_text(encoding="utf-8")
    for limit in ALL_LIMITS:
        assert limit.source.startswith("https://")
        assert limit.allows(limit.value) or limit.value == -1
        assert f"{limit.rule}" in text


def test_every_assumption_has_a_setting_and_stands_in_the_documentation() -> None:
    text = (ROOT / "docs/semantics.md").read_text(encoding="utf-8")
    for assumption in ALL_ASSUMPTIONS:
        assert hasattr(Readings(), assumption.setting)
        assert assumption.id in text


def test_every_rule_that_the_code_names_stands_in_the_documentation() -> None:
    text = "".join(
        (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("semantics.md", "limits.md")
    )
    pattern = re.compile(
        r"\b(?:REC|CUT|SDK|SYNC|ASYNC|CONC|SQS|SNS|S3|EB|STR|KIN|DDB|BREAK|PAYLOAD|LIN|SFN|PIPE|SCHED|CWL|IOT|APIGW|COGNITO|MQ|KAFKA|DOCDB|FURL)-[A-Z0-9]+(?:-[A-Z]+)*\b"
    )
    named = set()
    for path in (ROOT / "lambdaspec").rglob("*.py"):
        named |= set(pattern.findall(path.read_text(encoding="utf-8")))
    missing = sorted(rule for rule in named if rule not in text)
    assert missing == []


def documented(name: str) -> set[str]:
    """The ids in the first column of a page's tables."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return set(re.findall(r"^\| ([A-Z][^|]*?) \|", text, re.MULTILINE))


def test_every_rule_is_modelled_or_listed_as_a_limit() -> None:
    """Three lists: the rules of the research, what the code names, what the limits explain."""
    known = set((ROOT / "tests/repo/rule_ids.txt").read_text(encoding="utf-8").splitlines())
    modelled, left_out = documented("semantics.md"), documented("limits.md")
    assert sorted(known - modelled - left_out) == []
    assert sorted(modelled & left_out) == []
    code = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "lambdaspec").rglob("*.py"))
    assert sorted(rule for rule in modelled if rule not in code) == []


def test_the_list_of_rules_is_that_of_the_research() -> None:
    research = ROOT.parent / "shared/semantics.md"
    if not research.exists():
        pytest.skip("../shared/semantics.md is not here: the list is compared without it")
    known = set((ROOT / "tests/repo/rule_ids.txt").read_text(encoding="utf-8").splitlines())
    text = research.read_text(encoding="utf-8")
    body = text[text.index("## 1. ") : text.index("## 12")]
    ids = re.findall(r"^\| ([A-Z][A-Z0-9*]+(?:-[A-Z0-9]+)+) \|", body, re.MULTILINE)
    assert sorted(set(ids) - known) == []


def test_every_mechanism_says_what_it_says_leaves_out_and_chose() -> None:
    for name in MECHANISMS:
        path = ROOT / "lambdaspec/semantics" / f"{name}.py"
        start = path.read_text(encoding="utf-8").split('"""')[1]
        for heading in ("Says:", "Leaves out:", "Chosen:"):
            assert heading in start, (name, heading)


def test_a_check_loads_neither_z3_nor_hypothesis_nor_the_importers() -> None:
    script = (
        "import sys\n"
        "from lambdaspec.cli import main\n"
        "try: main(['check', 'models/fan-out/architecture.yaml'])\n"
        "except SystemExit: pass\n"
        "bad = {'z3', 'hypothesis', 'rich', 'graphviz', 'wasmtime', 'lambdaspec.importers'}\n"
        "print('loaded:', sorted(bad & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_numbers_of_aws_stand_in_limits_only() -> None:
    """No integer above 10 in the mechanisms: what AWS fixes has a name and a source."""
    for name in MECHANISMS:
        source = (ROOT / "lambdaspec/semantics" / f"{name}.py").read_text(encoding="utf-8")
        code = re.sub(r'"""(?:.|\n)*?"""', "", source)
        assert re.findall(r"(?<![\w.])\d{2,}(?![\w.])", code) == [], name
