"""The public surface, the registry of codes, and the rules and limits with their sources."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import lambdaspec
from lambdaspec.codes import CODES
from lambdaspec.semantics.assumptions import ALL_ASSUMPTIONS, Readings
from lambdaspec.semantics.limits import ALL_LIMITS

ROOT = Path(__file__).parents[2]
MECHANISMS = ("asynchronous", "invocation", "notices", "queues", "recursion", "streams", "system")


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
        r"\b(?:REC|CUT|SDK|SYNC|ASYNC|CONC|SQS|SNS|S3|EB|STR|KIN|DDB|BREAK|PAYLOAD|LIN)-[A-Z0-9]+(?:-[A-Z]+)*\b"
    )
    named = set()
    for path in (ROOT / "lambdaspec").rglob("*.py"):
        named |= set(pattern.findall(path.read_text(encoding="utf-8")))
    missing = sorted(rule for rule in named if rule not in text)
    assert missing == []


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
