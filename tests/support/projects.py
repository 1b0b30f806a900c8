"""Small projects on disk: a template, handlers beside it, and what the check says."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from lambdaspec import Result, check
from lambdaspec.architecture.elements import Emission, Evidence
from lambdaspec.loading import load

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"


def queue_loop(runtime: str = "python3.12", *, inline: bool = False, more: str = "") -> str:
    """A template with a queue `Q` and a function `F` that it triggers, which has the queue's URL.

    Args:
        runtime: the function's.
        inline: whether the code stands in the template, and sends to the queue; else it is in `src`.
        more: further environment variables, each with a comma before it.

    """
    code = "      Handler: app.handler\n      CodeUri: src\n"
    if inline:
        code = """\
      Handler: index.handler
      InlineCode: |
        import boto3, os
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl=os.environ["URL"], MessageBody="x")
"""
    return f"""\
{HEAD}  Q: {{Type: AWS::SQS::Queue}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: {runtime}
{code}\
      Environment: {{Variables: {{URL: !Ref Q{more}}}}}
      Events: {{S: {{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn}}}}}}
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return folder


def checked(path: Path, **parameters: str) -> Result:
    """The check of a file or folder."""
    return check(load(str(path), parameters).architecture)


def loops(result: Result) -> dict[str, tuple[str, str]]:
    """Each loop's path, with its verdict and evidence."""
    return {
        " → ".join(one.loop.path): (one.loop.verdict.value, one.loop.evidence.word)
        for one in result.loops
    }


def code_emissions(result: Result, function: str = "Fn") -> list[Emission]:
    """What the code of a function was found to write."""
    emits = result.architecture.functions[function].emits
    return [one for one in emits if one.evidence is Evidence.CODE]


def codes(result: Result) -> list[str]:
    """The codes of the findings."""
    return [one.code for one in result.findings]
