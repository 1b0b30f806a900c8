"""Suppressions, baseline, diff, parameters: what makes a check bearable in a real repository."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lambdaspec import cli
from lambdaspec.errors import InputError
from lambdaspec.parameter_files import read_parameters
from tests.support.projects import queue_loop, write

LOOP = queue_loop(inline=True)
FIXED = LOOP.replace("URL: !Ref Q", 'URL: "https://sqs/other"')


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments))


def suppress(code: str = "cutoff-loop", reason: str = "meant", **more: str) -> str:
    pairs = {"code": code, "reason": reason, **more}
    return "[[suppress]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in pairs.items())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (suppress(), 0),
        (suppress("LS102"), 0),
        (suppress(path="app/*"), 0),
        (suppress(resource="F"), 0),
        (suppress(path="other/*"), 1),
        (suppress(resource="G"), 1),
        (suppress("LS101"), 1),
        (suppress(reason=""), 3),
        (suppress("LS999"), 3),
        (suppress(colour="red"), 3),
        ("nonsense", 3),
        ("x = 1\n", 3),
        ("[suppress]\ncode = 1\n", 3),
    ],
)
def test_suppressions_in_the_repository(tmp_path: Path, text: str, code: int) -> None:
    write(tmp_path, {".lambdaspec.toml": text, "app/t.yaml": LOOP})
    assert run("check", str(tmp_path)).exit_code == code


def test_an_unused_suppression_is_reported(tmp_path: Path) -> None:
    write(tmp_path, {".lambdaspec.toml": suppress(), "t.yaml": FIXED})
    assert "LS111" in run("check", str(tmp_path)).output


def test_a_suppression_in_metadata(tmp_path: Path) -> None:
    ignore = "    Metadata: {lambdaspec: {ignore: [{code: cutoff-loop, reason: meant}]}}\n"
    text = LOOP.replace("  F:\n", "  F:\n" + ignore)
    write(tmp_path, {"t.yaml": text})
    assert run("check", str(tmp_path)).exit_code == 0
    write(tmp_path, {"t.yaml": text.replace(", reason: meant", "")})
    assert run("check", str(tmp_path)).exit_code == 3


TERRAFORM = """\
resource "aws_sqs_queue" "q" {}
resource "aws_iam_role" "r" {}
resource "aws_lambda_function" "f" {
  role = aws_iam_role.r.arn
  environment {
    variables = {
      # lambdaspec: ignore cutoff-loop drained on purpose
      URL = aws_sqs_queue.q.url
    }
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = aws_sqs_queue.q.arn }] })
}
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = aws_sqs_queue.q.arn
  function_name    = aws_lambda_function.f.arn
}
"""


def test_a_comment_suppresses_in_terraform(tmp_path: Path) -> None:
    bare = TERRAFORM.replace("      # lambdaspec: ignore cutoff-loop drained on purpose\n", "")
    # Which SDK an image or zip brings is not known without its runtime; the loop is cut or endless.
    write(tmp_path, {"main.tf": bare})
    first = run("check", str(tmp_path))
    assert first.exit_code == 1, first.output
    name = "cutoff-loop" if "LS102" in first.output else "runaway-loop"
    write(tmp_path, {"main.tf": TERRAFORM.replace("cutoff-loop", name)})
    assert run("check", str(tmp_path)).exit_code == 0
    write(tmp_path, {"main.tf": TERRAFORM.replace("cutoff-loop drained on purpose", name)})
    assert run("check", str(tmp_path)).exit_code == 3  # without a reason


def test_a_baseline_accepts_what_was_there(tmp_path: Path) -> None:
    base = tmp_path / "base.json"
    write(tmp_path, {"app/t.yaml": LOOP})
    assert run("check", "--write-baseline", str(base), str(tmp_path / "app")).exit_code == 0
    accepted = run("check", "--baseline", str(base), str(tmp_path / "app"))
    assert accepted.exit_code == 0
    assert "1 more in the baseline" in accepted.output
    write(
        tmp_path,
        {
            "app/t.yaml": LOOP.replace("  Q:", "  R:")
            .replace("Ref Q", "Ref R")
            .replace("Q.Arn", "R.Arn")
        },
    )
    assert run("check", "--baseline", str(base), str(tmp_path / "app")).exit_code == 1
    write(tmp_path, {"base.json": "[]"})
    assert run("check", "--baseline", str(base), str(tmp_path / "app")).exit_code == 3


def test_diff_fails_on_regressions_only(tmp_path: Path) -> None:
    write(tmp_path, {"old/t.yaml": FIXED, "new/t.yaml": LOOP})
    worse = run("diff", str(tmp_path / "old"), str(tmp_path / "new"))
    assert worse.exit_code == 1
    assert "raises the bound of Q from 11,520 to" in worse.output
    assert "Q → F → Q ends only by Lambda's cutoff; it is new" in worse.output
    better = run("diff", str(tmp_path / "new"), str(tmp_path / "old"))
    assert better.exit_code == 0
    assert "to 11,520" in better.output
    same = run("diff", str(tmp_path / "new"), str(tmp_path / "new"))
    assert (same.exit_code, same.output) == (0, "no change in bounds or loops\n")


PARAMETERS = """\
Parameters: {Batch: {Type: Number, Default: 3}}
Resources:
  Q: {Type: AWS::SQS::Queue}
  F: {Type: AWS::Lambda::Function}
  M:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F, BatchSize: !Ref Batch}
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", '[{"ParameterKey": "Batch", "ParameterValue": "7"}]'),
        ("p.json", '{"Parameters": {"Batch": 7}}'),
        ("p.yaml", "Batch: 7\n"),
        (
            "samconfig.toml",
            '[default.deploy.parameters]\nparameter_overrides = "Batch=7 X=\\"a b\\""\n',
        ),
        ("samconfig.toml", '[default.global.parameters]\nparameter_overrides = ["Batch=7"]\n'),
        ("x.tfvars", "Batch = 7\n"),
    ],
)
def test_files_of_parameters(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, {name: text})
    assert read_parameters(tmp_path / name)["Batch"] == "7"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", "[1]"),
        ("p.yaml", "a: {b: c}"),
        ("p.toml", "x ="),
        ("p.tfvars", "x = ("),
        ("n.json", ""),
    ],
)
def test_what_is_no_file_of_parameters(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, {name: text, "t.yaml": PARAMETERS})
    with pytest.raises(InputError):
        read_parameters(tmp_path / name)
    assert (
        run("check", "--parameters", str(tmp_path / name), str(tmp_path / "t.yaml")).exit_code == 3
    )


def test_the_command_line_counts_before_files_and_files_before_sams(tmp_path: Path) -> None:
    sam = '[default.deploy.parameters]\nparameter_overrides = "Batch=5"\n'
    write(tmp_path, {"t.yaml": PARAMETERS, "samconfig.toml": sam, "p.json": '{"Batch": "99999"}'})
    template = str(tmp_path / "t.yaml")
    file = str(tmp_path / "p.json")
    assert run("check", template).exit_code == 0
    assert run("check", "--parameters", file, template).exit_code == 3  # above AWS's range
    both = run("check", "--parameters", file, "--parameter", "Batch=6", template)
    assert both.exit_code == 0
    assert run("check", "--parameter", "Batch", template).exit_code == 3
