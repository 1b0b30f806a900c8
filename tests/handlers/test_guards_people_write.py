"""Guards as people write them: loops that end, and the same without what ends them."""

from pathlib import Path

import pytest

from tests.support.projects import HEAD, checked, loops, queue_loop, write

QUEUE = queue_loop(more=', MAX: "5"')
BUCKET = (
    HEAD
    + """\
  B: {{Type: AWS::S3::Bucket}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: {runtime}
      Handler: app.handler
      CodeUri: src
      Events:
        S:
          Type: S3
          Properties: {{Bucket: !Ref B, Events: "s3:ObjectCreated:*"{rules}}}
"""
)
INPUT = ", Filter: {S3Key: {Rules: [{Name: prefix, Value: input/}]}}"
START = "import os, json, boto3\nsqs = boto3.client('sqs')\ns3 = boto3.client('s3')\n"

SENDS: dict[str, tuple[str, str]] = {
    "a limit in a variable": (
        """
        n = body.get("n", 0)
        if n >= int(os.environ["MAX"]):
            return
        again({**body, "n": n + 1})
        """,
        "guarded",
    ),
    "a limit that nobody knows": (
        """
        n = body.get("n", 0)
        if n >= int(os.environ["OTHER"]):
            return
        again({**body, "n": n + 1})
        """,
        "cutoff",
    ),
    "a counter that is not sent": (
        """
        if body.get("n", 0) >= 5:
            return
        again({"id": body["id"]})
        """,
        "cutoff",
    ),
    "a flag": (
        """
        if body.get("done"):
            return
        again({**body, "done": True})
        """,
        "guarded",
    ),
    "a flag that another branch takes back": (
        """
        if body.get("done"):
            return
        if body["x"]:
            again({**body, "done": True})
        else:
            again({**body, "done": False})
        """,
        "cutoff",
    ),
    "a status": (
        """
        if body["status"] == "new":
            body["status"] = "seen"
            again(body)
        """,
        "guarded",
    ),
    "a status that stays": (
        """
        if body["status"] == "new":
            again(body)
        """,
        "cutoff",
    ),
    "more than the cutoff": (
        """
        n = body.get("n", 0)
        if n < 40:
            again({**body, "n": n + 1})
        """,
        "cut-short",
    ),
    "counting down": (
        """
        if body["left"] > 0:
            again({**body, "left": body["left"] - 10})
        """,
        "cut-short",
    ),
    "a counter in an attribute": (
        """
        n = int(record["messageAttributes"]["n"]["stringValue"])
        if n < 5:
            sqs.send_message(
                QueueUrl=os.environ["URL"],
                MessageBody=record["body"],
                MessageAttributes={"n": {"DataType": "Number", "StringValue": str(n + 1)}},
            )
        """,
        "guarded",
    ),
}


@pytest.mark.parametrize("name", SENDS)
def test_a_message_that_is_sent_again(tmp_path: Path, name: str) -> None:
    body, verdict = SENDS[name]
    lines = [f"    {line[8:]}" if line.strip() else "" for line in body.splitlines()]
    code = (
        START
        + "def again(message):\n"
        + "    sqs.send_message(QueueUrl=os.environ['URL'], MessageBody=json.dumps(message))\n"
        + "def process(record):\n    body = json.loads(record['body'])\n"
        + "\n".join(lines)
        + "\ndef handler(event, context):\n    for record in event['Records']:\n"
        + "        process(record)\n"
    )
    write(tmp_path, {"t.yaml": QUEUE, "src/app.py": code})
    assert loops(checked(tmp_path / "t.yaml")) == {"Q → F → Q": (verdict, "code")}


KEYS: dict[str, tuple[str, str, str]] = {
    "another prefix": (INPUT, "'output/' + key", ""),
    "below the same prefix": (INPUT, "'input/output/' + key", "cutoff"),
    "a replaced prefix": (INPUT, "key.replace('input/', 'output/')", ""),
    "a replaced prefix that may come back": (INPUT, "key.replace('in', 'input/in')", "cutoff"),
    "a replaced text that need not be there": ("", "key.replace('input/', 'output/')", "cutoff"),
    "another suffix": (
        INPUT.replace("prefix", "suffix").replace("input/", ".csv"),
        "key.rsplit('.', 1)[0] + '.json'",
        "",
    ),
    "the name only": (INPUT, "f'thumbs/{os.path.basename(key)}'", ""),
    "no filter": ("", "'output/' + key", "cutoff"),
}


@pytest.mark.parametrize("name", KEYS)
def test_an_object_that_is_written_beside(tmp_path: Path, name: str) -> None:
    rules, key, verdict = KEYS[name]
    code = (
        START
        + "def handler(event, context):\n"
        + "    for record in event['Records']:\n"
        + "        bucket = record['s3']['bucket']['name']\n"
        + "        key = record['s3']['object']['key']\n"
        + f"        s3.put_object(Bucket=bucket, Key={key}, Body=b'')\n"
    )
    template = BUCKET.format(runtime="python3.12", rules=rules)
    write(tmp_path, {"t.yaml": template, "src/app.py": code})
    found = [said for said, _ in loops(checked(tmp_path / "t.yaml")).values()]
    assert found == ([verdict] if verdict else [])


TESTS: dict[str, tuple[str, str]] = {
    "skips its own": ("if (key.startsWith('out/')) return;", "guarded"),
    "takes only others": ("if (!key.startsWith('in/')) return;", "guarded"),
    "skips by suffix": ("if (key.endsWith('.gz')) { console.log(key); return; }", "guarded"),
    "skips by a part": ("if (key.includes('out/')) return;", "guarded"),
    "skips something else": ("if (key.startsWith('tmp/')) return;", "cutoff"),
    "asks where it is": ("if (key.indexOf('out/') > -1) return;", "guarded"),
    "asks whether it is nowhere": ("if (key.indexOf('in/') === -1) return;", "cutoff"),
    "asks whether it is at the beginning": ("if (0 === key.indexOf('out/')) return;", "guarded"),
    "asks whether it is further in": ("if (key.indexOf('out/') > 0) return;", "cutoff"),
    "asks for the last place": ("if (key.lastIndexOf('.gz') !== -1) return;", "guarded"),
    "asks whether the last is the first": ("if (key.lastIndexOf('out/') === 0) return;", "cutoff"),
    "an expression": ("if (/^out\\//.test(key)) return;", "guarded"),
    "an expression for the end": ("if (key.match(/\\.gz$/)) return;", "guarded"),
    "an expression without case": ("if (/^OUT\\//i.test(key)) return;", "cutoff"),
    "an expression of more than text": ("if (/^o.t\\//.test(key)) return;", "cutoff"),
    "an expression that is not there": ("if (!/in\\//.test(key)) return;", "cutoff"),
    "the first folder": ("if (key.split('/')[0] === 'out') return;", "guarded"),
    "the second folder": ("if (key.split('/')[1] === 'out') return;", "cutoff"),
    "not the first folder": ("if (key.split('/')[0] !== 'in') return;", "guarded"),
    "a folder that cannot be": ("if (key.split('/')[0] === 'out/') return;", "cutoff"),
    "what comes last": ("if (key.split('.').pop() === 'gz') return;", "guarded"),
    "what comes last, counted": (
        "const parts = key.split('.'); if (parts[parts.length - 1] === 'gz') return;",
        "guarded",
    ),
    "what comes last of two": ("if (key.split('.', 2).pop() === 'gz') return;", "cutoff"),
    "an extension": ("if (require('path').extname(key) === '.gz') return;", "guarded"),
    "one of some extensions": (
        "if (!['.csv', '.txt'].includes(require('path').extname(key))) return;",
        "guarded",
    ),
    "one of some extensions and its own": (
        "if (!['.csv', '.gz'].includes(require('path').extname(key))) return;",
        "cutoff",
    ),
    "a test in a variable": ("const own = key.startsWith('out/'); if (own) return;", "guarded"),
    "a test in a variable, turned": (
        "const fresh = !key.startsWith('out/'); if (!fresh) return;",
        "guarded",
    ),
    "a test in a variable, the wrong way": (
        "const fresh = !key.startsWith('out/'); if (fresh) return;",
        "cutoff",
    ),
    "a test in a variable, both ways": (
        "let own = key.startsWith('out/'); if (object.size) own = false; if (own) return;",
        "cutoff",
    ),
    "two tests in a variable": (
        "const own = key.startsWith('out/') || key.endsWith('.gz'); if (own) return;",
        "guarded",
    ),
    "two tests of which one will not do": (
        "const own = key.startsWith('out/') && object.size > 9; if (own) return;",
        "cutoff",
    ),
    "a test in a function": (
        "const own = (k) => k.startsWith('out/'); if (own(key)) return;",
        "guarded",
    ),
    "a test in a function, of another key": (
        "const own = (k) => k.startsWith('out/'); if (own('x' + key)) return;",
        "cutoff",
    ),
    "a test in a function with two ends": (
        "const own = (k) => { if (bucket) return 0; return k.startsWith('out/'); }; if (own(key)) return;",
        "cutoff",
    ),
    "a comparison in a variable": (
        "const folder = key.split('/')[0]; const own = folder === 'out'; if (own) return;",
        "guarded",
    ),
    "only says so": ("if (key.startsWith('out/')) { console.log('mine'); }", "cutoff"),
}


@pytest.mark.parametrize("name", TESTS)
def test_a_test_of_the_key_in_javascript(tmp_path: Path, name: str) -> None:
    test, verdict = TESTS[name]
    code = f"""\
        const {{ S3Client, PutObjectCommand }} = require("@aws-sdk/client-s3");
        const client = new S3Client({{}});
        exports.handler = async (event) => {{
          const {{ bucket, object }} = event.Records[0].s3;
          const key = decodeURIComponent(object.key.replace(/\\+/g, " "));
          {test}
          await client.send(new PutObjectCommand({{ Bucket: bucket.name, Key: `out/${{key}}.gz` }}));
        }};
        """
    template = BUCKET.format(runtime="nodejs20.x", rules="")
    write(tmp_path, {"t.yaml": template, "src/app.js": code})
    assert [said for said, _ in loops(checked(tmp_path / "t.yaml")).values()] == [verdict]


SKIPS = "if key.rsplit('.', 1)[-1] in skipped: return"
PYTHON: dict[str, tuple[str, str]] = {
    "one of two": ("if key.startswith(('out/', 'tmp/')): return", "guarded"),
    "only one of two": ("if not key.endswith(('.csv', '.txt')): return", "guarded"),
    "only one of two, and its own": ("if not key.endswith(('.csv', '.gz')): return", "cutoff"),
    "one of a list that may be shorter": (
        f"skipped = []\n        if record.get('x'): skipped.append('gz')\n        {SKIPS}",
        "cutoff",
    ),
    "one of a list that was longer": (
        f"skipped = ['gz']\n        skipped.remove('gz')\n        {SKIPS}",
        "cutoff",
    ),
    "one of a list": ("if key in ['a', 'b']: return", "cutoff"),
    "a test in a variable": ("own = key.startswith('out/')\n        if own: return", "guarded"),
    "a test of the event, turned": (
        "fresh = not event.get('done')\n        if not fresh: return",
        "cutoff",
    ),
    "found": ("if key.find('out/') >= 0: return", "guarded"),
    "not found": ("if key.find('in/') < 0: return", "cutoff"),
    "matched": ("if re.match(r'out/', key): return", "guarded"),
    "searched": ("if re.search(r'\\.gz$', key): return", "guarded"),
    "searched for more": ("if re.search(r'\\.gz+$', key): return", "cutoff"),
    "the first folder": ("if key.split('/')[0] == 'out': return", "guarded"),
    "the first folder of two": ("if key.split('/', 1)[0] == 'out': return", "guarded"),
    "the rest": ("if key.split('/', 1)[-1] == 'x.gz': return", "cutoff"),
    "the end": ("if key.rsplit('.', 1)[-1] in ('gz', 'zip'): return", "guarded"),
    "the extension": (
        "root, ext = os.path.splitext(key)\n        if ext != '.csv': return",
        "guarded",
    ),
    "its own extension": ("if os.path.splitext(key)[1] == '.gz': return", "guarded"),
    "half an extension": ("if os.path.splitext(key)[1] == 'gz': return", "cutoff"),
}


@pytest.mark.parametrize("name", PYTHON)
def test_a_test_of_the_key_in_python(tmp_path: Path, name: str) -> None:
    test, verdict = PYTHON[name]
    code = (
        "import re\n"
        + START
        + "def handler(event, context):\n"
        + "    for record in event['Records']:\n"
        + "        bucket = record['s3']['bucket']['name']\n"
        + "        key = record['s3']['object']['key']\n"
        + f"        {test}\n"
        + "        s3.put_object(Bucket=bucket, Key=f'out/{key}.gz', Body=b'')\n"
    )
    template = BUCKET.format(runtime="python3.12", rules="")
    write(tmp_path, {"t.yaml": template, "src/app.py": code})
    assert [said for said, _ in loops(checked(tmp_path / "t.yaml")).values()] == [verdict]


JOBS: dict[str, tuple[str, str, str]] = {
    "named by its job": (".mp3", "TranscriptionJobName=name, OutputBucketName=bucket", ""),
    "what it writes comes back": (
        ".json",
        "TranscriptionJobName=name, OutputBucketName=bucket",
        "unbounded",
    ),
    "below a key": (
        ".txt",
        "TranscriptionJobName=name, OutputBucketName=bucket, OutputKey='texts'",
        "",
    ),
    "with subtitles": (
        ".vtt",
        "TranscriptionJobName=name, OutputBucketName=bucket, Subtitles={'Formats': ['vtt']}",
        "unbounded",
    ),
    "kept by the service": (".json", "TranscriptionJobName=name", ""),
}


@pytest.mark.parametrize("name", JOBS)
def test_what_a_job_writes_later(tmp_path: Path, name: str) -> None:
    suffix, given, verdict = JOBS[name]
    code = (
        "import boto3\n"
        "transcribe = boto3.client('transcribe')\n"
        "def handler(event, context):\n"
        "    bucket = event['Records'][0]['s3']['bucket']['name']\n"
        "    name = context.aws_request_id\n"
        f"    transcribe.start_transcription_job({given})\n"
    )
    rules = INPUT.replace("prefix", "suffix").replace("input/", suffix)
    template = BUCKET.format(runtime="python3.12", rules=rules)
    write(tmp_path, {"t.yaml": template, "src/app.py": code})
    found = [said for said, _ in loops(checked(tmp_path / "t.yaml")).values()]
    assert found == ([verdict] if verdict else [])


JAVA = """\
package example;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.events.S3Event;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
public class App {
    private final S3Client s3 = S3Client.create();
    public Void handleRequest(S3Event event, Context context) {
        String key = event.getRecords().get(0).getS3().getObject().getKey();
        String bucket = event.getRecords().get(0).getS3().getBucket().getName();
        if (TEST) return null;
        s3.putObject(PutObjectRequest.builder().bucket(bucket).key("out/" + key + ".gz").build(), RequestBody.empty());
        return null;
    }
}
"""
GO = """\
package main
import (
    "context"
    "path"
    "strings"
    "github.com/aws/aws-lambda-go/events"
    "github.com/aws/aws-lambda-go/lambda"
    "github.com/aws/aws-sdk-go-v2/aws"
    "github.com/aws/aws-sdk-go-v2/service/s3"
)
var client = s3.NewFromConfig(cfg)
func handle(ctx context.Context, event events.S3Event) error {
    key := event.Records[0].S3.Object.Key
    bucket := event.Records[0].S3.Bucket.Name
    if TEST {
        return nil
    }
    _, err := client.PutObject(ctx, &s3.PutObjectInput{
        Bucket: aws.String(bucket), Key: aws.String("out/" + key + ".gz"),
    })
    return err
}
func main() { lambda.Start(handle) }
"""
COMPILED: dict[str, tuple[str, str, str]] = {
    "java finds": (JAVA, 'key.indexOf("out/") > -1', "guarded"),
    "java does not find": (JAVA, 'key.indexOf("in/") == -1', "cutoff"),
    "java first": (JAVA, 'key.split("/")[0].equals("out")', "guarded"),
    "java contains": (JAVA, 'key.contains("out/")', "guarded"),
    "go finds": (GO, 'strings.Index(key, "out/") >= 0', "guarded"),
    "go finds not at the beginning": (GO, 'strings.Index(key, "out/") > 0', "cutoff"),
    "go contains": (GO, 'strings.Contains(key, "out/")', "guarded"),
    "go first": (GO, 'strings.Split(key, "/")[0] == "out"', "guarded"),
    "go extension": (GO, 'path.Ext(key) == ".gz"', "guarded"),
    "go prefix of another": (GO, 'strings.HasPrefix(key, "in/")', "cutoff"),
}


@pytest.mark.parametrize("name", COMPILED)
def test_a_test_of_the_key_in_java_and_go(tmp_path: Path, name: str) -> None:
    code, test, verdict = COMPILED[name]
    runtime = "java17" if code is JAVA else "provided.al2023"
    template = BUCKET.format(runtime=runtime, rules="")
    if code is JAVA:
        template = template.replace("app.handler", "example.App::handleRequest")
    else:
        template = template.replace("app.handler", "bootstrap")
    place = "src/src/main/java/example/App.java" if code is JAVA else "src/main.go"
    write(tmp_path, {"t.yaml": template, place: code.replace("TEST", test)})
    assert [said for said, _ in loops(checked(tmp_path / "t.yaml")).values()] == [verdict]


def test_tests_inside_tests_are_each_read_once(tmp_path: Path) -> None:
    test = "key"
    for _ in range(16):
        test = f"key.contains({test}.contains('x'))"
    code = (
        "import boto3, os\ndef handler(event, context):\n    key = event['key']\n"
        f"    if {test}: return\n"
        "    boto3.client('sqs').send_message(QueueUrl=os.environ['URL'], MessageBody='x')\n"
    )
    write(tmp_path, {"t.yaml": QUEUE, "src/app.py": code})
    assert loops(checked(tmp_path / "t.yaml")) == {"Q → F → Q": ("cutoff", "code")}
