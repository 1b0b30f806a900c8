"""Which SDK a package brings along, and what that makes of a loop."""

import json
from pathlib import Path

import pytest

from lambdaspec.importers.sdk_versions import enough, passes_lineage, version
from tests.support.projects import HEAD, checked, loops, queue_loop, write

POM = """\
<project><properties><aws.version>{}</aws.version></properties><dependencies><dependency>
<groupId>software.amazon.awssdk</groupId><artifactId>bom</artifactId>
<version>${{aws.version}}</version></dependency></dependencies></project>
"""
OLD_JAVA = """\
<project><dependencies><dependency><groupId>com.amazonaws</groupId>
<artifactId>aws-java-sdk-sqs</artifactId><version>1.12.700</version></dependency></dependencies></project>
"""


def package(dependencies: dict[str, str]) -> str:
    return json.dumps({"dependencies": dependencies})


def lock(name: str, told: str) -> str:
    return json.dumps({"packages": {f"node_modules/{name}": {"version": told}}})


SQS = "@aws-sdk/client-sqs"


@pytest.mark.parametrize(
    ("runtime", "files", "expected"),
    [
        ("python3.12", {}, None),
        ("python3.12", {"requirements.txt": "requests\n"}, None),
        ("python3.12", {"requirements.txt": "boto3==1.24.46\n"}, True),
        ("python3.12", {"requirements.txt": "boto3==1.24.45\n"}, False),
        ("python3.12", {"requirements.txt": "boto3  # newest\nboto3-stubs==1.0\n"}, True),
        ("python3.12", {"requirements.txt": "boto3<1.20\n"}, False),
        ("python3.12", {"requirements.txt": "botocore==1.27.40\nboto3==1.30.0\n"}, False),
        ("python3.12", {"poetry.lock": '[[package]]\nname = "boto3"\nversion = "1.20.0"\n'}, False),
        ("python3.12", {"boto3-1.20.0.dist-info/METADATA": ""}, False),
        (
            "python3.12",
            {"Pipfile.lock": json.dumps({"default": {"boto3": {"version": "==1.35.0"}}})},
            True,
        ),
        ("nodejs20.x", {"package.json": package({SQS: "^3.0.0"})}, True),
        ("nodejs20.x", {"package.json": package({SQS: "3.100.0"})}, False),
        ("nodejs20.x", {"package.json": package({SQS: "~3.100.0"})}, False),
        (
            "nodejs20.x",
            {"package.json": package({SQS: "^3.0.0"}), "package-lock.json": lock(SQS, "3.99.0")},
            False,
        ),
        ("nodejs20.x", {"package.json": package({"aws-sdk": "2.1146.0"})}, False),
        ("nodejs20.x", {"package.json": package({"aws-sdk": "^2.1000.0"})}, True),
        (
            "nodejs20.x",
            {
                "package.json": package({"aws-sdk": "^2.1000.0"}),
                "node_modules/aws-sdk/package.json": '{"version": "2.1100.0"}',
            },
            False,
        ),
        (
            "nodejs20.x",
            {
                "package.json": package({"aws-sdk": "^2.1000.0"}),
                "yarn.lock": 'aws-sdk@^2.1000.0:\n  version "2.1200.0"\n',
            },
            True,
        ),
        ("java11", {"pom.xml": POM.format("2.17.135")}, True),
        ("java17", {"pom.xml": POM.format("2.17.135")}, False),
        ("java21", {"pom.xml": POM.format("2.21.24")}, True),
        ("java17", {"pom.xml": OLD_JAVA}, False),
        (
            "dotnet8",
            {"f.csproj": '<PackageReference Include="AWSSDK.SQS" Version="3.7.2.10" />'},
            False,
        ),
        (
            "dotnet8",
            {"f.csproj": '<PackageReference Include="AWSSDK.SQS" Version="4.0.1" />'},
            True,
        ),
        ("provided.al2023", {"go.mod": "require github.com/aws/aws-sdk-go v1.44.0\n"}, False),
        ("provided.al2023", {"go.mod": "require github.com/aws/aws-sdk-go-v2 v1.30.0\n"}, None),
        ("ruby3.3", {"Gemfile": "gem 'aws-sdk'"}, None),
    ],
)
def test_what_a_package_says(
    tmp_path: Path, runtime: str, files: dict[str, str], expected: bool | None
) -> None:
    write(tmp_path, files)
    assert passes_lineage(tmp_path, tmp_path, runtime) is expected


def test_a_manifest_above_the_code_counts(tmp_path: Path) -> None:
    write(tmp_path, {"package.json": package({SQS: "3.1.0"}), "src/functions/a.js": ""})
    assert passes_lineage(tmp_path / "src/functions", tmp_path, "nodejs20.x") is False


def test_versions() -> None:
    assert version("v1.2.3-beta") == (1, 2, 3)
    assert version("newest") == ()
    assert enough("boto3", ">=1.20,<2") is True
    assert enough("boto3", "*") is True


def test_an_old_sdk_makes_a_loop_endless(tmp_path: Path) -> None:
    code = """\
        import boto3, os
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl=os.environ["URL"], MessageBody="x")
        """
    write(tmp_path, {"t.yaml": queue_loop(), "src/app.py": code})
    assert loops(checked(tmp_path / "t.yaml")) == {"Q → F → Q": ("cutoff", "code")}
    write(tmp_path, {"src/requirements.txt": "boto3==1.20.0\n"})
    assert loops(checked(tmp_path / "t.yaml")) == {"Q → F → Q": ("unbounded", "code")}


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ("AWS_LAMBDA_EXEC_WRAPPER: /opt/otel-handler", "unbounded"),
        ("AWS_LAMBDA_EXEC_WRAPPER: /opt/bootstrap", "cutoff"),
    ],
)
def test_a_wrapper_that_sets_the_header_first(tmp_path: Path, settings: str, verdict: str) -> None:
    template = (
        HEAD
        + f"""\
  Q: {{Type: AWS::SQS::Queue}}
  F:
    Type: AWS::Serverless::Function
    Metadata: {{lambdaspec: {{emits: [{{to: Q}}]}}}}
    Properties:
      Runtime: nodejs20.x
      Environment: {{Variables: {{{settings}}}}}
      Events: {{S: {{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn}}}}}}
"""
    )
    write(tmp_path, {"t.yaml": template})
    assert loops(checked(tmp_path / "t.yaml")) == {"Q → F → Q": (verdict, "declared")}
