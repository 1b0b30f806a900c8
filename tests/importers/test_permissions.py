"""IAM: wildcards, policies by name, roles from elsewhere, and what is too broad to prove anything."""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaspec.importers.cloudformation.permissions import fits
from tests.support.projects import HEAD, checked, codes, loops, write

ROLE = (
    HEAD
    + """\
  Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: orders}}}}
  T: {{Type: AWS::SNS::Topic}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: s3://elsewhere/code.zip
      Policies: {policies}
      Environment: {{Variables: {{URL: {url}}}}}
      Events: {{S: {{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn}}}}}}
"""
)
STATEMENT = "[{{Statement: [{{Effect: {}, Action: {}, Resource: {}}}]}}]"
LOOP = "Q → F → Q"


def result(tmp_path: Path, policies: str, url: str = "!Ref Q") -> dict[str, tuple[str, str]]:
    write(tmp_path, {"t.yaml": ROLE.format(policies=policies, url=url)})
    return loops(checked(tmp_path / "t.yaml"))


@settings(max_examples=500)
@given(st.text("ab:", max_size=8), st.text("ab:*?", max_size=8))
def test_wildcards_are_those_of_a_shell_without_brackets(text: str, pattern: str) -> None:
    assert fits(text, pattern) == fnmatchcase(text, pattern)


def test_wildcards_that_would_try_everything_end_soon() -> None:
    assert not fits("a" * 2_000, "*a" * 500 + "b")


@pytest.mark.parametrize(
    ("policies", "found"),
    [
        (STATEMENT.format("Allow", "sqs:SendMessage", "!GetAtt Q.Arn"), True),
        (STATEMENT.format("Allow", "'sqs:Send*'", "'*'"), True),
        (STATEMENT.format("Allow", "'*'", "'arn:aws:sqs:*:*:orders'"), True),
        (STATEMENT.format("Allow", "sqs:SendMessage", "'arn:aws:sqs:*:*:ord*'"), True),
        (STATEMENT.format("Allow", "sqs:SendMessage", "'arn:aws:sqs:*:*:others'"), False),
        (STATEMENT.format("Allow", "sqs:ReceiveMessage", "'*'"), False),
        (STATEMENT.format("Deny", "sqs:SendMessage", "'*'"), False),
        ("[SQSSendMessagePolicy: {QueueName: orders}]", True),
        ("[AmazonSQSFullAccess]", True),
        ("[arn:aws:iam::aws:policy/AmazonSQSFullAccess]", True),
        ("[AmazonSQSReadOnlyAccess]", False),
        ("[AWSLambdaBasicExecutionRole, AmazonTextractFullAccess]", False),
        ("[AmazonSNSFullAccess]", False),
        ("[]", False),
    ],
)
def test_what_the_role_permits(tmp_path: Path, policies: str, found: bool) -> None:
    assert result(tmp_path, policies) == ({LOOP: ("cutoff", "configured")} if found else {})


def test_a_policy_that_is_not_known_permits_what_its_name_says_but_shows_nothing(
    tmp_path: Path,
) -> None:
    write(tmp_path, {"t.yaml": ROLE.format(policies="[AmazonSQSWhateverAccess]", url="!Ref Q")})
    one = checked(tmp_path / "t.yaml")
    assert not one.loops
    assert [" → ".join(loop.path) for loop in one.possible] == [LOOP]


def test_a_permission_alone_is_possible_and_too_broad_is_said_once(tmp_path: Path) -> None:
    policies = STATEMENT.format("Allow", "'sqs:*'", "'*'")
    write(tmp_path, {"t.yaml": ROLE.format(policies=policies, url="none")})
    one = checked(tmp_path / "t.yaml")
    assert not one.loops
    assert len(one.possible) == 1
    assert codes(one).count("LS112") == 1
    [broad] = [f for f in one.findings if f.code == "LS112"]
    assert broad.span is not None
    assert "'*'" in (tmp_path / "t.yaml").read_text().splitlines()[broad.span.line - 1]


def test_a_connector_is_intended(tmp_path: Path) -> None:
    connector = """\
  C:
    Type: AWS::Serverless::Connector
    Properties: {Source: {Id: F}, Destination: {Id: Q}, Permissions: [Write]}
"""
    write(tmp_path, {"t.yaml": ROLE.format(policies="[]", url="none") + connector})
    assert loops(checked(tmp_path / "t.yaml")) == {LOOP: ("cutoff", "configured")}


def test_a_role_from_elsewhere_may_permit_it(tmp_path: Path) -> None:
    text = ROLE.format(policies="[]", url="!Ref Q").replace(
        "      Policies: []\n", "      Role: arn:aws:iam::123456789012:role/theirs\n"
    )
    write(tmp_path, {"t.yaml": text})
    assert loops(checked(tmp_path / "t.yaml")) == {LOOP: ("cutoff", "configured")}
