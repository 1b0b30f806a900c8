"""What `check DIR` finds, passes over, and survives."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from lambdaspec import cli
from lambdaspec.discovery import candidates
from tests.support.projects import write

QUEUE = "Resources: {Q: {Type: AWS::SQS::Queue}}\n"


def found(folder: Path) -> list[str]:
    return [os.path.relpath(one.path, folder) for one in candidates(str(folder))]


def test_every_format_is_found_by_itself(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a/architecture.yaml": "lambdaspec: 1\n",
            "b/template.yml": QUEUE,
            "c/stack.json": '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}',
            "d/main.tf": 'resource "aws_sqs_queue" "q" {}\n',
            "e/serverless.yml": "service: s\nprovider: {name: aws}\n",
            "f/flow.asl.json": '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}',
            "g/plan.json": '{"planned_values": {"root_module": {}}, "format_version": "1.0"}',
            "h/docker-compose.yml": "services: {}\n",
            "i/package.json": "{}",
            ".hidden/template.yml": QUEUE,
            "node_modules/x/template.yml": QUEUE,
        },
    )
    names = ["a/architecture.yaml", "b/template.yml", "c/stack.json", "d", "e/serverless.yml"]
    assert found(tmp_path) == [*names, "f/flow.asl.json", "g/plan.json"]
    result = CliRunner().invoke(cli.main, ["check", str(tmp_path)])
    assert "7 architectures checked" in result.output
    assert result.exit_code == 0


def test_modules_that_others_call_are_read_with_them(tmp_path: Path) -> None:
    call = 'module "q" {\n  source = "./modules/q"\n}\n'
    inner = 'resource "aws_sqs_queue" "q" {}\n'
    write(tmp_path, {"main.tf": call, "modules/q/main.tf": inner, "alone/main.tf": inner})
    assert found(tmp_path) == [".", "alone"]


def test_a_definition_that_a_template_names_is_read_with_it(tmp_path: Path) -> None:
    template = """\
        Resources:
          M:
            Type: AWS::Serverless::StateMachine
            Properties: {DefinitionUri: flow.asl.json}
        """
    flow = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
    write(tmp_path, {"t.yaml": template, "flow.asl.json": flow})
    assert found(tmp_path) == ["t.yaml"]


def test_a_definition_with_substitutions_for_numbers(tmp_path: Path) -> None:
    flow = (
        '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${f}", '
        '"TimeoutSeconds": ${t}, "End": true}}}'
    )
    write(tmp_path, {"flow.asl.json": flow})
    result = CliRunner().invoke(cli.main, ["check", str(tmp_path)])
    assert result.exit_code == 0, result.output


def test_links_out_of_the_tree_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"out/template.yml": QUEUE, "in/x.yml": QUEUE})
    (tmp_path / "in/link").symlink_to(tmp_path / "out")
    (tmp_path / "in/file.yml").symlink_to(tmp_path / "out/template.yml")
    (tmp_path / "in/round").symlink_to(tmp_path / "in")
    assert found(tmp_path / "in") == ["x.yml"]


def test_code_behind_a_link_out_of_the_tree_is_not_read(tmp_path: Path) -> None:
    template = """\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties: {Runtime: python3.12, Handler: app.handler, CodeUri: src}
        """
    write(tmp_path, {"repo/.git/HEAD": "", "repo/t.yaml": template, "secret/app.py": "import x\n"})
    (tmp_path / "repo/src").symlink_to(tmp_path / "secret")
    result = CliRunner().invoke(cli.main, ["check", str(tmp_path / "repo")])
    assert "library `x`" not in result.output


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"t.yaml": QUEUE, "shut/t.yaml": QUEUE})
    (tmp_path / "shut/t.yaml").chmod(0)
    result = CliRunner().invoke(cli.main, ["check", str(tmp_path)])
    assert "LS014" in result.output


def test_an_empty_folder_is_bad_input(tmp_path: Path) -> None:
    assert CliRunner().invoke(cli.main, ["check", str(tmp_path)]).exit_code == 3


def test_a_wrong_file_does_not_hide_the_others(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": "Resources: {Q: {Type: [1]}}\n", "b.yaml": QUEUE})
    result = CliRunner().invoke(cli.main, ["check", str(tmp_path)])
    assert result.exit_code == 3
    assert "LS004" in result.output
    assert "1 architecture checked, 1 not readable" in result.output
