"""Nested stacks, and stacks of one folder that read what another one offers."""

from pathlib import Path

import pytest

from lambdaspec import check
from lambdaspec.discovery import candidates
from lambdaspec.loading import load
from tests.support.projects import HEAD, checked, loops, write

QUEUE = "Resources: {Q: {Type: AWS::SQS::Queue}}\n"
WORKER = (
    HEAD
    + """\
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        import boto3, os
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl=os.environ["URL"], MessageBody="x")
      Environment: {{Variables: {{URL: {url}}}}}
      Events: {{S: {{Type: SQS, Properties: {{Queue: {arn}}}}}}}
"""
)


def check_folder(folder: Path) -> list[dict[str, tuple[str, str]]]:
    found = [load(one.path, others=one.others) for one in candidates(str(folder))]
    return [loops(check(one.architecture)) for one in found]


def test_a_nested_stack_gets_what_its_parent_gives_it(tmp_path: Path) -> None:
    parent = """\
        Resources:
          Queues:
            Type: AWS::CloudFormation::Stack
            Properties: {TemplateURL: ./queues.yaml}
          App:
            Type: AWS::Serverless::Application
            Properties:
              Location: app/template.yaml
              Parameters: {Arn: !GetAtt Queues.Outputs.Arn, Url: !GetAtt Queues.Outputs.Url}
        """
    outputs = "Outputs: {Arn: {Value: !GetAtt Q.Arn}, Url: {Value: !Ref Q}}\n"
    worker = WORKER.format(url="!Ref Url", arn="!Ref Arn")
    write(
        tmp_path,
        {
            "parent.yaml": parent,
            "queues.yaml": QUEUE + outputs,
            "app/template.yaml": "Parameters: {Arn: {Type: String}, Url: {Type: String}}\n"
            + worker,
        },
    )
    expected = {"Queues/Q → App/Worker → Queues/Q": ("cutoff", "code")}
    assert loops(checked(tmp_path / "parent.yaml")) == expected
    assert check_folder(tmp_path) == [expected]  # its parts are not checked again by themselves


def test_a_nested_stack_from_elsewhere_is_said_to_be_unknown(tmp_path: Path) -> None:
    text = """\
        Resources:
          Far:
            Type: AWS::CloudFormation::Stack
            Properties: {TemplateURL: "https://example.com/t.yaml"}
        """
    write(tmp_path, {"t.yaml": text})
    [remark] = load(str(tmp_path / "t.yaml")).architecture.remarks
    assert "Far" in remark.message


def test_a_stack_that_contains_itself_is_read_once(tmp_path: Path) -> None:
    text = """\
        Resources:
          Q: {Type: AWS::SQS::Queue}
          Me: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml}}
        """
    write(tmp_path, {"t.yaml": text})
    assert list(load(str(tmp_path / "t.yaml")).architecture.channels) == ["Q"]


@pytest.mark.parametrize(
    ("core", "url", "arn"),
    [
        (
            QUEUE
            + "Outputs:\n"
            + "  A: {Value: !GetAtt Q.Arn, Export: {Name: orders-arn}}\n"
            + "  U: {Value: !Ref Q, Export: {Name: orders-url}}\n",
            "!ImportValue orders-url",
            "!ImportValue orders-arn",
        ),
        (
            QUEUE
            + "Outputs:\n"
            + '  A: {Value: !GetAtt Q.Arn, Export: {Name: !Sub "${AWS::StackName}-Arn"}}\n'
            + '  U: {Value: !Ref Q, Export: {Name: !Sub "${AWS::StackName}-Url"}}\n',
            '{"Fn::ImportValue": !Sub "${CoreStack}-Url"}',
            '{"Fn::ImportValue": !Sub "${CoreStack}-Arn"}',
        ),
        (
            (
                "Resources:\n"
                "  Q: {Type: AWS::SQS::Queue}\n"
                "  A: {Type: AWS::SSM::Parameter, Properties: {Name: /o/arn, Value: !GetAtt Q.Arn}}\n"
                "  U: {Type: AWS::SSM::Parameter, Properties: {Name: /o/url, Value: !Ref Q}}\n"
            ),
            '"{{resolve:ssm:/o/url}}"',
            '"{{resolve:ssm:/o/arn:1}}"',
        ),
        (
            "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}}\n",
            '"https://sqs.eu-west-1.amazonaws.com/123456789012/orders"',
            '"arn:aws:sqs:eu-west-1:123456789012:orders"',
        ),
    ],
    ids=["exports", "exports by the stack's name", "ssm", "names"],
)
def test_stacks_side_by_side_meet(tmp_path: Path, core: str, url: str, arn: str) -> None:
    write(tmp_path, {"core.yaml": core, "app.yaml": WORKER.format(url=url, arn=arn)})
    assert check_folder(tmp_path) == [{"core/Q → app/Worker → core/Q": ("cutoff", "code")}]


def test_stacks_that_share_nothing_stay_apart(tmp_path: Path) -> None:
    worker = WORKER.format(url="x", arn='"arn:aws:sqs:eu-west-1:123456789012:others"')
    write(tmp_path, {"core.yaml": QUEUE, "app.yaml": worker})
    assert len(check_folder(tmp_path)) == 2


def test_two_stacks_that_offer_the_same_are_not_joined(tmp_path: Path) -> None:
    export = "Outputs: {A: {Value: !GetAtt Q.Arn, Export: {Name: orders-arn}}}\n"
    worker = WORKER.format(url="x", arn="!ImportValue orders-arn")
    write(tmp_path, {"a.yaml": QUEUE + export, "b.yaml": QUEUE + export, "app.yaml": worker})
    assert len(check_folder(tmp_path)) == 3


def test_globals_and_mappings_stay_with_their_stack(tmp_path: Path) -> None:
    inner = """\
        Transform: AWS::Serverless-2016-10-31
        Globals: {Function: {Timeout: 7, Runtime: python3.12}}
        Mappings: {Names: {a: {b: orders}}}
        Resources:
          Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !FindInMap [Names, a, b]}}
          F:
            Type: AWS::Serverless::Function
            Properties:
              Handler: index.handler
              InlineCode: "def handler(event, context): pass"
        """
    outer = """\
        Transform: AWS::Serverless-2016-10-31
        Globals: {Function: {Timeout: 9, Runtime: python3.12}}
        Resources:
          In: {Type: AWS::Serverless::Application, Properties: {Location: inner.yaml}}
          G:
            Type: AWS::Serverless::Function
            Properties:
              Handler: index.handler
              InlineCode: "def handler(event, context): pass"
              Events: {S: {Type: SQS, Properties: {Queue: "arn:aws:sqs:r:1:orders"}}}
        """
    write(tmp_path, {"outer.yaml": outer, "inner.yaml": inner})
    made = load(str(tmp_path / "outer.yaml")).architecture
    assert {name: f.timeout for name, f in made.functions.items()} == {"G": 9, "In/F": 7}
    assert [t.source for t in made.triggers] == ["In/Q"]


def test_declarations_in_a_nested_stack_name_its_own_resources(tmp_path: Path) -> None:
    inner = """\
        Resources:
          Q: {Type: AWS::SQS::Queue}
          F:
            Type: AWS::Lambda::Function
            Metadata: {lambdaspec: {emits: [{to: Q}]}}
        """
    outer = (
        "Resources: {In: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: i.yaml}}}\n"
    )
    write(tmp_path, {"o.yaml": outer, "i.yaml": inner})
    made = load(str(tmp_path / "o.yaml")).architecture
    assert [e.to for e in made.functions["In/F"].emits] == ["In/Q"]


def test_cdk_output_with_a_nested_stack(tmp_path: Path) -> None:
    parent = """\
        {"Resources": {"N": {"Type": "AWS::CloudFormation::Stack",
          "Properties": {"TemplateURL": {"Fn::Sub": "https://s3.x/${AWS::Region}/abc.json"}},
          "Metadata": {"aws:asset:path": "N.nested.template.json"}}}}
        """
    nested = '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'
    write(
        tmp_path,
        {
            "cdk.out/manifest.json": "{}",
            "cdk.out/App.template.json": parent,
            "cdk.out/N.nested.template.json": nested,
            "cdk.out/asset.1234/other.json": nested,
        },
    )
    found = [load(one.path) for one in candidates(str(tmp_path))]
    assert [list(one.architecture.channels) for one in found] == [["N/Q"]]
