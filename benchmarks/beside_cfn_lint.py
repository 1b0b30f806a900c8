"""Side by side with cfn-lint: one SAM template from start to exit, and the whole corpus in one process.

    python benchmarks/beside_cfn_lint.py [--corpus ../shared/corpus] [--runs 5] [--files 300]

CPU seconds of the whole process, medians; both tools run alternately on the same files. cfn-lint
is given the CloudFormation and SAM templates of the corpus (a sample of `--files`, spread evenly,
since all of them would take it most of an hour); lambdaspec the same sample and then everything.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(sys.executable).parent
PLAIN = ("cfn", "sam", "cdk-synth")


ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""As people run it: with compiled modules, as an installation leaves them."""


def ten_functions(*, ring: bool) -> str:
    """A SAM template of ten functions in a row or a ring, each with a queue, a policy and code."""
    last = "!Ref Queue0" if ring else "!Ref AWS::Region"
    parts = ["Transform: AWS::Serverless-2016-10-31", "Resources:"]
    for n in range(10):
        parts.append(
            f"""\
  Queue{n}: {{Type: AWS::SQS::Queue}}
  Function{n}:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        import boto3, os
        sqs = boto3.client("sqs")
        def handler(event, context):
            for record in event["Records"]:
                sqs.send_message(QueueUrl=os.environ["URL"], MessageBody=record["body"])
      Environment: {{Variables: {{URL: {f"!Ref Queue{n + 1}" if n < 9 else last}}}}}
      Policies: [{{SQSSendMessagePolicy: {{QueueName: !GetAtt Queue{(n + 1) % 10}.QueueName}}}}]
      Events: {{E: {{Type: SQS, Properties: {{Queue: !GetAtt Queue{n}.Arn}}}}}}"""
        )
    return "\n".join(parts) + "\n"


def seconds(command: list[str]) -> tuple[float, float]:
    """CPU and wall seconds of a command with its children."""
    before, begun = os.times(), time.perf_counter()
    quiet = subprocess.DEVNULL
    subprocess.run(command, stdout=quiet, stderr=quiet, check=False, env=ENVIRONMENT)
    after = os.times()
    cpu = after.children_user - before.children_user
    return cpu + after.children_system - before.children_system, time.perf_counter() - begun


def one_template(runs: int) -> None:
    """The SAM template of ten functions, alternately with both tools."""
    print("| a SAM template of ten functions | `lambdaspec check` | `cfn-lint` | ratio |")
    print("| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for ring in (False, True):
            path = Path(folder) / "template.yaml"
            path.write_text(ten_functions(ring=ring))
            ours, theirs = [], []
            for number in range(runs + 1):  # the first run is not counted
                mine = seconds([str(HERE / "lambdaspec"), "check", str(path)])[0]
                other = seconds([str(HERE / "cfn-lint"), str(path)])[0]
                if number:
                    ours.append(mine)
                    theirs.append(other)
            mine, other = statistics.median(ours), statistics.median(theirs)
            name = "in a ring" if ring else "in a row"
            print(f"| {name} | {mine:.2f} s | {other:.2f} s | {other / mine:.1f} |")
    code = "import samtranslator.translator.transform"
    alone = statistics.median(seconds([sys.executable, "-c", code])[0] for _ in range(runs))
    print(f"\nImporting `samtranslator` alone: {alone:.2f} s.")


def templates(corpus: Path) -> list[Path]:
    """The CloudFormation and SAM templates of the corpus."""
    with (corpus / "index.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] in PLAIN]
    paths = [corpus / row["repo"] / row["path"] for row in rows]
    return [path for path in paths if path.is_file()]


def whole_corpus(corpus: Path, most: int) -> None:
    """A sample with both tools, then everything with lambdaspec."""
    every = templates(corpus)
    sample = every[:: max(1, len(every) // most)][:most]
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(sample):
            place = Path(folder) / str(number)
            place.mkdir()
            shutil.copy(path, place / path.name)
        copies = [str(one) for one in sorted(Path(folder).glob("*/*"))]
        cpu, wall = seconds([str(HERE / "lambdaspec"), "check", folder])
        lint_cpu, lint_wall = seconds([str(HERE / "cfn-lint"), *copies])
    print()
    print(f"| {len(sample)} templates, one process each tool | CPU | wall | ratio of wall |")
    print("| --- | --- | --- | --- |")
    print(f"| `lambdaspec check DIR` | {cpu:.1f} s | {wall:.1f} s | 1 |")
    print(f"| `cfn-lint FILES` | {lint_cpu:.1f} s | {lint_wall:.1f} s | {lint_wall / wall:.0f} |")
    cpu, wall = seconds([str(HERE / "lambdaspec"), "check", str(corpus)])
    print()
    print(f"The whole corpus ({len(every):,} such templates and the other formats): {wall:.1f} s.")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, default=300)
    options = parser.parse_args()
    one_template(options.runs)
    if options.corpus.exists():
        whole_corpus(options.corpus, options.files)
    else:
        print(f"\n{options.corpus} is not here: the corpus was not measured")


if __name__ == "__main__":
    main()
