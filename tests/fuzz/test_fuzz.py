"""Whatever a file holds, a check ends with a result or an input error that has a place.

`python -m tests.fuzz.test_fuzz N` runs N cases with another seed each time.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lambdaspec.discovery import Candidate
from lambdaspec.outcome import Outcome, Task, outcome
from lambdaspec.result import Options
from lambdaspec.suppressions import Suppressions
from tests.fuzz.mutate import BOMB, mutated

SEEDS = sorted((Path(__file__).parent / "seeds").iterdir())
SHARDS = 4
PER_SHARD = 500 if os.environ.get("CI") else 100
SLOWEST = 10.0
"""Seconds that one file may take."""

MOST_MEMORY = 1 << 30
"""Bytes of memory that a process may have used after all of them."""

HANDLERS = {
    "handler.py": ("python3.12", "handler.handler"),
    "handler.ts": ("nodejs20.x", "handler.handler"),
    "Function.java": ("java17", "example.Function::handleRequest"),
    "main.go": ("provided.al2023", "bootstrap"),
    "Function.cs": ("dotnet8", "App::Example.Function::FunctionHandler"),
}
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Q: {{Type: AWS::SQS::Queue}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: {}
      Handler: {}
      CodeUri: code
      Environment: {{Variables: {{URL: !Ref Q}}}}
      Events: {{S: {{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn}}}}}}
"""


def checked(path: Path) -> Outcome:
    task = Task(Options(search=300), "text", Suppressions(path.parent))
    return outcome(task, Candidate(str(path), named=True))


@contextmanager
def alarm() -> Iterator[None]:
    """Stops what takes too long, so that the case is named."""

    def ring(_number: int, _frame: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(int(2 * SLOWEST))
    try:
        yield
    finally:
        signal.alarm(0)


class TooSlow(BaseException):
    """A case took too long."""


def judged(path: Path) -> str:
    """What came out for a file; fails if it is a fault, late, or has no place."""
    begun = time.process_time()
    with alarm():
        made = checked(path)
    seconds = time.process_time() - begun
    assert not made.fault, made.fault
    assert seconds < SLOWEST, f"{seconds:.1f} s"
    if made.read:
        return "read"
    assert made.findings
    assert all(one.span is not None and one.span.line >= 1 for one in made.findings)
    return "an input error"


def prepared(folder: Path, seed: Path, data: bytes) -> Path:
    """Write a mutated file, with what it takes to be looked at."""
    if seed.name in HANDLERS:
        (folder / "code").mkdir(exist_ok=True)
        (folder / "code" / seed.name).write_bytes(data)
        path = folder / "template.yaml"
        path.write_text(TEMPLATE.format(*HANDLERS[seed.name]))
        return path
    if seed.suffix == ".tf":
        (folder / seed.name).write_bytes(data)
        return folder
    path = folder / seed.name
    path.write_bytes(data)
    return path


def fuzz(folder: Path, cases: int, rng: random.Random) -> Counter[str]:
    """Check mutated files; what came out, by kind."""
    tally: Counter[str] = Counter()
    for number in range(cases):
        seed = SEEDS[number % len(SEEDS)]
        data = mutated(seed.read_bytes(), rng)
        place = folder / seed.name.replace(".", "-")
        place.mkdir(exist_ok=True)
        try:
            tally[judged(prepared(place, seed, data))] += 1
        except (Exception, TooSlow) as error:
            kept = folder / f"case-{number}{seed.suffix}"
            kept.write_bytes(data)
            raise AssertionError(f"{seed.name}, kept as {kept}: {error!r}") from error
    return tally


@pytest.mark.parametrize("seed", SEEDS, ids=lambda one: one.name)
def test_the_seeds_themselves_are_read(tmp_path: Path, seed: Path) -> None:
    assert judged(prepared(tmp_path, seed, seed.read_bytes())) == "read"


@pytest.mark.parametrize("shard", range(SHARDS))
def test_mutated_files(
    tmp_path: Path, shard: int, report: Callable[[str, Counter[str]], None]
) -> None:
    tally = fuzz(tmp_path, PER_SHARD, random.Random(f"lambdaspec {shard}"))
    report("mutated files that were checked", tally)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < MOST_MEMORY


CIRCLE = "Parameters: {A: {Type: String, Default: !Ref A}}\nResources:\n" + "".join(
    f"  Q{n}: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !GetAtt Q{(n + 1) % 9}.Arn, "
    f"RedrivePolicy: {{deadLetterTargetArn: !GetAtt Q{(n + 1) % 9}.Arn, maxReceiveCount: 1}}}}}}\n"
    for n in range(9)
)
STACK = "Resources: {A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b.yaml}}}\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("big.yaml", b"Resources:\n" + b"  Q: {Type: AWS::SQS::Queue}  # x\n" * 320_000),
        ("wide.json", b'{"Resources": {' + b",".join(b'"Q%d": {"Type": "AWS::SQS::Queue"}' % n for n in range(5_000)) + b"}}"),
        ("bomb.yaml", BOMB + b"Resources: {Q: {Type: *j}}\n"),
        ("circle.yaml", CIRCLE.encode()),
        ("numbers.yaml", b"Resources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: " + b"9" * 5_000 + b"}}}\n"),
        ("nul.yaml", b"Resources:\n  Q\x00: {Type: AWS::SQS::Queue}\n"),
        ("empty.yaml", b""),
        ("spaces.json", b" " * 100_000),
        ("deep.json", b'{"Resources": ' + b'{"a": ' * 50_000 + b"1" + b"}" * 50_001),
        ("string.yaml", b"Resources: hello\n"),
        ("self.yaml", b"a: &a [*a]\nResources: *a\n"),
        ("merge.yaml", b"a: &a {<<: *a}\nResources: *a\n"),
        ("sub.yaml", b"Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '" + b"${" * 20_000 + b"'}}}\n"),
        ("regex.yaml", b"Resources: {R: {Type: AWS::Events::Rule, Properties: {EventPattern: {a: [{wildcard: '" + b"*a" * 2_000 + b"'}]}}}}\n"),
        ("main.tf", b'locals { a = "${local.b}"\n b = "${local.a}"\n}\nresource "aws_sqs_queue" "q" { name = local.a }\n'),
        ("each.tf", b'resource "aws_sqs_queue" "q" { count = 99999999999 }\n'),
    ],
)  # fmt: skip
def test_files_that_were_made_to_hurt(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    judged(tmp_path if path.suffix == ".tf" else path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < MOST_MEMORY


def test_stacks_and_modules_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(STACK)
    (tmp_path / "b.yaml").write_text(STACK.replace("b.yaml", "a.yaml"))
    assert judged(tmp_path / "a.yaml") == "read"
    for one, other in (("x", "y"), ("y", "x")):
        (tmp_path / one).mkdir()
        (tmp_path / one / "main.tf").write_text(f'module "m" {{\n  source = "../{other}"\n}}\n')
    assert judged(tmp_path / "x") == "read"


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.mkdir()
    assert judged(path) == "an input error"
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert judged(tmp_path / "loop.yaml") == "an input error"


if __name__ == "__main__":
    import tempfile

    number = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    print(fuzz(Path(tempfile.mkdtemp()), number, random.Random()))
