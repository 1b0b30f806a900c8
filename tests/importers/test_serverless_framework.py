"""The Serverless Framework: variables, functions' events, resources beside them."""

from pathlib import Path

import pytest

from lambdaspec.architecture.elements import Notification, QueueMapping, Subscription
from lambdaspec.errors import InputError
from lambdaspec.loading import load
from tests.support.projects import checked, loops, write

SERVICE = """\
service: orders
provider:
  name: aws
  runtime: nodejs20.x
  environment:
    QUEUE_URL: !Ref Orders
  iam:
    role:
      statements:
        - {Effect: Allow, Action: "sqs:SendMessage", Resource: !GetAtt Orders.Arn}
custom:
  stage: ${opt:stage, 'dev'}
  name: ${self:service}-${self:custom.stage}
functions:
  work:
    handler: src/work.handler
    timeout: 20
    events:
      - sqs: {arn: !GetAtt Orders.Arn, batchSize: 1}
resources:
  Resources:
    Orders:
      Type: AWS::SQS::Queue
      Properties: {QueueName: "${self:custom.name}"}
"""
WORK = """\
const { SQSClient, SendMessageCommand } = require("@aws-sdk/client-sqs");
const sqs = new SQSClient({});
module.exports.handler = async (event) => {
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: "x" }));
};
"""


def test_functions_events_and_resources(tmp_path: Path) -> None:
    write(tmp_path, {"serverless.yml": SERVICE, "src/work.js": WORK})
    result = checked(tmp_path / "serverless.yml")
    assert loops(result) == {"Orders → WorkLambdaFunction → Orders": ("cutoff", "code")}
    assert result.architecture.functions["WorkLambdaFunction"].timeout == 20
    assert result.architecture.triggers == (QueueMapping("Orders", "WorkLambdaFunction", 1),)


def test_without_the_code_the_variable_and_the_role_are_evidence(tmp_path: Path) -> None:
    write(tmp_path, {"serverless.yml": SERVICE})
    assert loops(checked(tmp_path / "serverless.yml")) == {
        "Orders → WorkLambdaFunction → Orders": ("cutoff", "configured")
    }


def test_options_and_files_in_variables(tmp_path: Path) -> None:
    text = """\
        service: s
        provider: {name: aws, runtime: python3.12}
        custom: ${file(custom.yml)}
        functions:
          f:
            handler: f.handler
            events:
              - sns: ${self:custom.topic}
              - s3: {bucket: "${self:custom.bucket, 'none'}", event: "s3:ObjectRemoved:*"}
        """
    write(tmp_path, {"serverless.yml": text, "custom.yml": "topic: news\nbucket: pictures\n"})
    made = load(str(tmp_path / "serverless.yml")).architecture
    kinds = {type(one) for one in made.triggers}
    assert kinds == {Subscription, Notification}
    assert any("Pictures" in name for name in made.channels)


def test_recursive_loop_of_a_function(tmp_path: Path) -> None:
    text = SERVICE.replace("    timeout: 20\n", "    timeout: 20\n    recursiveLoop: Allow\n")
    write(tmp_path, {"serverless.yml": text, "src/work.js": WORK})
    assert loops(checked(tmp_path / "serverless.yml")) == {
        "Orders → WorkLambdaFunction → Orders": ("unbounded", "code")
    }


def test_variables_that_refer_to_each_other_for_ever_end(tmp_path: Path) -> None:
    text = """\
        service: s
        provider: {name: aws, runtime: "${self:custom.a}"}
        custom: {a: "${self:custom.b}", b: "${self:custom.a}"}
        functions: {f: {handler: f.handler}}
        """
    write(tmp_path, {"serverless.yml": text})
    assert "FLambdaFunction" in load(str(tmp_path / "serverless.yml")).architecture.functions


def test_wrong_shapes_are_findings(tmp_path: Path) -> None:
    text = "service: s\nprovider: {name: aws}\nfunctions: {f: [1, 2]}\n"
    write(tmp_path, {"serverless.yml": text})
    with pytest.raises(InputError) as caught:
        load(str(tmp_path / "serverless.yml"))
    assert [f.span.line for f in caught.value.findings if f.span] == [3]
