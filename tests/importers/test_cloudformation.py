"""Templates: what is read from them, and with which evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from lambdaspec.architecture.document import parse
from lambdaspec.architecture.elements import (
    Architecture,
    Evidence,
    Filter,
    Notification,
    Queue,
    QueueMapping,
    RecursiveLoop,
    Redrive,
    Rule,
    Sdk,
    StreamMapping,
    Subscription,
)
from lambdaspec.architecture.patterns import Leaf
from lambdaspec.checking import check
from lambdaspec.errors import InputError
from lambdaspec.flow.loops import LoopVerdict
from lambdaspec.importers.cloudformation import is_template, read_template
from lambdaspec.importers.cloudformation.functions import sdk
from lambdaspec.loading import load
from lambdaspec.result import Options

CORPUS = Path(__file__).parents[3] / "shared/corpus"
needs_corpus = pytest.mark.skipif(
    not CORPUS.exists(), reason="the corpus of real templates is not on this machine"
)


def template(text: str) -> Architecture:
    document = parse("template.yaml", text)
    assert is_template(document)
    return read_template(document)


HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"


def function(name: str, body: str) -> str:
    return f"""\
  {name}:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
{body}"""


QUEUE = "  Q:\n    Type: AWS::SQS::Queue\n"


def emitted(made: Architecture, name: str = "F") -> list[tuple[str, Evidence]]:
    return [(e.to, e.evidence) for e in made.functions[name].emits]


def test_a_permission_alone_is_permitted_and_with_the_variable_configured() -> None:
    policy = "      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Q.QueueName}}]\n"
    told = "      Environment: {Variables: {TARGET: !Ref Q}}\n"
    assert emitted(template(HEAD + QUEUE + function("F", policy))) == [("Q", Evidence.PERMITTED)]
    assert emitted(template(HEAD + QUEUE + function("F", policy + told))) == [
        ("Q", Evidence.CONFIGURED)
    ]
    assert emitted(template(HEAD + QUEUE + function("F", told))) == []


def test_what_is_not_permitted_cannot_be_written() -> None:
    policy = "      Policies: [{SQSPollerPolicy: {QueueName: !GetAtt Q.QueueName}}]\n"
    told = "      Environment: {Variables: {TARGET: !Ref Q}}\n"
    assert emitted(template(HEAD + QUEUE + function("F", policy + told))) == []


@pytest.mark.parametrize(
    "resource",
    [
        "!GetAtt Q.Arn",
        "!Sub '${Q.Arn}'",
        "!Sub 'arn:aws:sqs:*:*:${Q.QueueName}'",
        "{'Fn::Join': ['', [{'Fn::GetAtt': [Q, Arn]}]]}",
        "'*'",
        "'arn:aws:sqs:eu-west-1:1:*'",
    ],
)
def test_ways_to_write_a_resource(resource: str) -> None:
    body = f"""\
      Policies:
        - Statement: [{{Effect: Allow, Action: 'sqs:Send*', Resource: {resource}}}]
"""
    assert emitted(template(HEAD + QUEUE + function("F", body))) == [("Q", Evidence.PERMITTED)]


def test_equal_names_are_one_resource() -> None:
    text = """\
Parameters: {Name: {Type: String}}
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyDocument:
            Statement: {Effect: Allow, Action: sqs:SendMessage, Resource: !Sub 'arn:aws:sqs:r:a:${Name}'}
  F:
    Type: AWS::Lambda::Function
    Properties:
      Role: !GetAtt Role.Arn
      Environment: {Variables: {TARGET: !Sub 'https://sqs.r.amazonaws.com/a/${Name}'}}
"""
    assert emitted(template(text)) == [("Q", Evidence.CONFIGURED)]


def test_a_key_prefix_in_a_permission_restricts_what_is_written() -> None:
    text = (
        HEAD
        + "  B: {Type: AWS::S3::Bucket}\n"
        + function(
            "F",
            """\
      Environment: {Variables: {BUCKET: !Ref B}}
      Policies:
        - Statement: [{Effect: Allow, Action: s3:PutObject, Resource: !Sub '${B.Arn}/out/*'}]
      Events:
        In:
          Type: S3
          Properties:
            Bucket: !Ref B
            Events: s3:ObjectCreated:*
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}
""",
        )
    )
    made = template(text)
    assert made.functions["F"].emits[0].key == "out/{}"
    assert made.triggers == (Notification("B", "F", ("ObjectCreated:*",), "in/", ""),)
    assert check(made).loops == ()


def test_sam_events_and_settings() -> None:
    text = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Timeout: 7, RecursiveLoop: Allow}}
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: "60"
      RedrivePolicy: {deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 4}
  D: {Type: AWS::SQS::Queue}
  T: {Type: AWS::SNS::Topic}
  S: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: NEW_IMAGE}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: java17
      ReservedConcurrentExecutions: 0
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt D.Arn}
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig: {OnSuccess: {Type: SNS}}
      Events:
        A: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, BatchSize: 3, Enabled: false,
            FunctionResponseTypes: [ReportBatchItemFailures]}}
        B: {Type: SNS, Properties: {Topic: !Ref T}}
        C: {Type: DynamoDB, Properties: {Stream: !GetAtt S.StreamArn, StartingPosition: LATEST,
            MaximumRetryAttempts: 2, BisectBatchOnFunctionError: true}}
        E: {Type: EventBridgeRule, Properties: {Pattern: {source: [my.app]}}}
        G: {Type: Api, Properties: {Path: /, Method: get}}
"""
    made = template(text)
    one = made.functions["F"]
    assert (one.timeout, one.recursive_loop, one.sdk) == (7, RecursiveLoop.ALLOW, Sdk.BUNDLED)
    assert one.switched_off
    assert one.asynchronous.dead_letter == "D"
    assert one.asynchronous.max_retry_attempts == 1
    assert one.asynchronous.on_success == "FEventInvokeConfigOnSuccessTopic"
    assert made.channels["Q"] == Queue("Q", visibility_timeout=60, redrive=Redrive("D", 4))
    assert made.triggers == (
        QueueMapping("Q", "F", 3, partial_batch=True, enabled=False),
        Subscription("T", "F"),
        StreamMapping("S", "F", max_retry_attempts=2, bisect=True),
        Rule("default event bus", "F", filter=Filter(opaque=True, leaves=(FROM_MY_APP,))),
    )
    assert "F" in [entry.to for entry in made.entries]


FROM_MY_APP = Leaf(("source",), ("my.app",))


def test_metadata_declares_what_the_template_cannot_say() -> None:
    text = (
        HEAD
        + QUEUE
        + """\
  F:
    Type: AWS::Serverless::Function
    Metadata:
      lambdaspec:
        sdk: unsupported
        emits: [{to: Q, when: "event.n < 3", set: {n: "event.n + 1"}}]
        ignore: [{code: guarded-loop, reason: meant to be}]
        entry: true
    Properties:
      Runtime: nodejs22.x
      Events: {A: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
"""
    )
    made = template(text)
    assert emitted(made) == [("Q", Evidence.DECLARED)]
    assert made.functions["F"].sdk is Sdk.UNSUPPORTED
    assert [entry.to for entry in made.entries] == ["F"]
    result = check(made)
    assert [one.loop.verdict for one in result.loops] == [LoopVerdict.GUARDED]
    assert [f.code for f in result.findings] == []


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [
        ("python3.12", Sdk.SUPPORTED),
        ("python3.7", Sdk.UNKNOWN),
        ("nodejs22.x", Sdk.SUPPORTED),
        ("nodejs14.x", Sdk.UNKNOWN),
        ("java21", Sdk.BUNDLED),
        ("provided.al2023", Sdk.BUNDLED),
        (None, Sdk.BUNDLED),
    ],
)
def test_runtimes_and_their_sdk(runtime: str | None, expected: Sdk) -> None:
    assert sdk(runtime) is expected


def test_what_is_wrong_in_a_template_is_said_at_once() -> None:
    text = (
        HEAD
        + QUEUE
        + function(
            "F",
            """\
      Timeout: 1000
      ReservedConcurrentExecutions: many
      Events:
        A: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, MaximumRetryAttempts: 2}}
""",
        )
    )
    with pytest.raises(InputError) as caught:
        template(text)
    assert [(f.code, f.span.line) for f in caught.value.findings if f.span] == [
        ("LS005", 9),
        ("LS004", 10),
        ("LS002", 12),
    ]


def test_what_is_not_followed_is_said() -> None:
    url = "https://example.com/t.yaml"
    nested = f"{{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: '{url}'}}}}"
    made = template(f"Resources: {{P: {nested}, B: {{Type: 'AWS::S3::Bucket'}}}}")
    assert [(f.code, f.message) for f in made.remarks] == [
        ("LS109", "what P makes is not known: its template is not in here")
    ]


@needs_corpus
def test_the_demonstration_of_aws() -> None:
    """Kept out of the repository: read where it lies."""
    path = str(CORPUS / "aws-lambda-recursion-detection-sample/template.yaml")
    result = check(load(path).architecture)
    (one,) = result.loops
    assert one.loop.verdict is LoopVerdict.CUTOFF
    assert one.loop.evidence is Evidence.CONFIGURED
    assert one.loop.path == ("SqsSourceQueue", "LambdaFunction", "SqsSourceQueue")
    (finding,) = [f for f in result.findings if f.code == "LS102"]
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (43, 28)
    assert result.nominal is not None
    assert (result.nominal.most, result.worst.most if result.worst else 0) == (16, 190_734_863_280)
    weak = check(load(path).architecture, Options(evidence=Evidence.PERMITTED))
    assert len(weak.loops) == 1  # it may write to the target queue too, which nothing reads


@needs_corpus
def test_the_seven_loops_of_the_cdk_application() -> None:
    path = str(CORPUS / "aws-lambda-recursion-detection-cdk/template.json")
    result = check(load(path).architecture)
    assert [one.loop.verdict for one in result.loops] == [LoopVerdict.CUTOFF] * 7
    assert {one.loop.evidence for one in result.loops} == {Evidence.CONFIGURED}
    assert sorted(len(one.loop.path) - 1 for one in result.loops) == [2, 2, 2, 2, 3, 3, 6]
    lines = [f.span.line for f in result.findings if f.code == "LS102" and f.span]
    text = Path(path).read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert any(
            word in text[line - 1]
            for word in ("QUEUE_URL", "TOPIC_ARN", "BUCKET_NAME", "FUNCTION_NAME")
        )


PERMISSION = """
  P:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref F, Principal: %s, SourceArn: %s}
"""


def permitted(principal: str, source: str, more: str = "") -> Architecture:
    text = HEAD + function("F", "      Handler: x.y\n") + PERMISSION % (principal, source)
    return template(text + "  B: {Type: AWS::S3::Bucket}\n  T: {Type: AWS::SNS::Topic}\n" + more)


def test_a_permission_without_its_trigger_is_an_open_one() -> None:
    bucket = permitted("s3.amazonaws.com", "!GetAtt B.Arn")
    assert bucket.triggers == (Notification("B", "F", ("*",)),)
    assert any("may invoke F" in one.message for one in bucket.remarks)
    topic = permitted("sns.amazonaws.com", "!Ref T")
    assert topic.triggers == (Subscription("T", "F"),)
    elsewhere = permitted("iot.amazonaws.com", "arn:aws:iot:r:1:rule/x")
    assert elsewhere.triggers == ()
    assert "F" in [entry.to for entry in elsewhere.entries]


def test_a_permission_whose_trigger_is_there_adds_nothing() -> None:
    there = """
  S:
    Type: AWS::SNS::Subscription
    Properties: {Protocol: lambda, TopicArn: !Ref T, Endpoint: !GetAtt F.Arn}
"""
    made = permitted("sns.amazonaws.com", "!Ref T", there)
    assert made.triggers == (Subscription("T", "F"),)
    assert made.remarks == ()


def test_conditions_are_not_multiplied_out() -> None:
    count = 40
    conditions = "".join(f"  C{n}: !Equals [!Ref P, '{n}']\n" for n in range(count))
    queues = "".join(
        f"  Q{n}: {{Type: AWS::SQS::Queue, Condition: C{n}, Properties: {{VisibilityTimeout: "
        f"!If [C{n}, 60, !Ref AWS::NoValue]}}}}\n"
        for n in range(count)
    )
    target = "!Ref Q0"
    for n in range(1, count):
        target = f"!If [C{n}, !Ref Q{n}, {target}]"
    text = (
        "Transform: AWS::Serverless-2016-10-31\nParameters: {P: {Type: String}}\n"
        f"Conditions:\n{conditions}Resources:\n{queues}"
        + function(
            "F",
            f"      Environment: {{Variables: {{U: {target}}}}}\n      Policies: "
            "[{Statement: [{Effect: Allow, Action: sqs:SendMessage, Resource: '*'}]}]\n",
        )
    )
    assert len(emitted(template(text))) == count


def test_for_each_in_for_each(tmp_path: Path) -> None:
    template = """\
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Outer:
    - Team
    - [Red, Blue]
    - "${Team}Dead": {Type: AWS::SQS::Queue}
      Fn::ForEach::Inner:
        - Kind
        - [Orders, Bills]
        - "${Team}${Kind}":
            Type: AWS::SQS::Queue
            Properties:
              RedrivePolicy: {maxReceiveCount: 3, deadLetterTargetArn: !GetAtt ["${Team}Dead", Arn]}
"""
    (tmp_path / "t.yaml").write_text(template)
    channels = load(str(tmp_path / "t.yaml")).architecture.channels
    redriven = {
        name: one.redrive.to
        for name, one in channels.items()
        if isinstance(one, Queue) and one.redrive is not None
    }
    assert redriven == {
        f"{team}{kind}": f"{team}Dead" for team in ("Red", "Blue") for kind in ("Orders", "Bills")
    }


def test_loops_in_loops_are_not_followed_for_ever(tmp_path: Path) -> None:
    names = ", ".join(f"n{number}" for number in range(100))
    inner = '"${A}${B}${C}${D}${E}${F}": {Type: AWS::SQS::Queue}'
    for letter in "FEDCBA":
        inner = f'"Fn::ForEach::L{letter}": [{letter}, [{names}], {{{inner}}}]'
    (tmp_path / "t.yaml").write_text(f"Resources: {{{inner}}}\n")
    assert len(load(str(tmp_path / "t.yaml")).architecture.channels) < 5_000
