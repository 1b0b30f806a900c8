"""How a handler is read: branches, loops, what is stored in the event, guards, doubts."""

from pathlib import Path
from textwrap import dedent

import pytest

from lambdaspec.handlers.package import Reading, Source, read_handler
from lambdaspec.handlers.values import GONE, Env, Num, Rec, Str, Sum, Value
from lambdaspec.handlers.values import Path as Part

START = "import boto3, json, os\nsqs = boto3.client('sqs')\n"


def read(source: str, runtime: str = "python3.12", handler: str = "index.handler") -> Reading:
    return read_handler(Source(Path(), handler, runtime, dedent(source)))


def sent(body: str) -> list[dict[str, Value]]:
    """What a Python handler with this body sends."""
    text = START + "def handler(event, context):\n" + _indented(body)
    return [one.parameters.fields for one in read(text).written]


def _indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())


def guards(body: str) -> set[tuple[str, str, object, bool]]:
    """The conditions on the event under which a handler with this body sends."""
    text = START + "def handler(event, context):\n" + _indented(body)
    [one] = read(text).written
    return {(".".join(c.path.steps), c.test, c.worth, c.holds) for c in one.conditions}


def test_a_branch_that_is_not_taken_leaves_no_trace() -> None:
    [body] = sent(
        """
        if event["kind"] == "a":
            event["n"] = 1
            return
        sqs.send_message(QueueUrl="q", MessageBody=event)
        """
    )
    assert "n" not in body["messagebody"].fields  # type: ignore[union-attr]


def test_what_is_stored_in_a_branch_is_sent_in_it() -> None:
    [body] = sent(
        """
        if event["left"] > 0:
            event["left"] = event["left"] - 1
            sqs.send_message(QueueUrl="q", MessageBody=json.dumps(event))
        """
    )
    assert body["messagebody"].fields["left"] == Sum(Part(("left",)), -1)  # type: ignore[union-attr]


def test_a_target_set_before_continue_counts_after_the_loop() -> None:
    [body] = sent(
        """
        target = "a"
        for record in event["Records"]:
            if record["x"]:
                target = "b"
                continue
            print(record)
        sqs.send_message(QueueUrl=target, MessageBody="x")
        """
    )
    assert set(body["queueurl"].items) == {Str(("a",)), Str(("b",))}  # type: ignore[union-attr]


def test_a_helper_that_returns_early_may_have_stored_before() -> None:
    text = START + dedent(
        """
        def mark(event):
            if event["a"]:
                event["seen"] = True
                return
            print(event)
        def handler(event, context):
            mark(event)
            sqs.send_message(QueueUrl="q", MessageBody=event)
        """
    )
    [one] = read(text).written
    body = one.parameters.fields["messagebody"]
    assert isinstance(body, Rec)
    assert Num(True) in getattr(body.fields["seen"], "items", ())


def test_what_is_sent_is_as_it_was_when_it_was_sent() -> None:
    [body] = sent(
        """
        sqs.send_message(QueueUrl="q", MessageBody=event)
        event["done"] = True
        """
    )
    assert "done" not in body["messagebody"].fields  # type: ignore[union-attr]


def test_a_counter_in_a_loop_is_widened() -> None:
    [body] = sent(
        """
        n = event["n"]
        for _ in range(3):
            n = n + 1
        sqs.send_message(QueueUrl="q", MessageBody={"n": n})
        """
    )
    assert not isinstance(body["messagebody"].fields["n"], Sum)  # type: ignore[union-attr]


def test_a_field_deep_in_the_event_is_removed() -> None:
    [body] = sent(
        """
        del event["detail"]["meta"]["flag"]
        sqs.send_message(QueueUrl="q", MessageBody={**event["detail"], "x": 1})
        """
    )
    message = body["messagebody"]
    assert isinstance(message, Rec)
    meta = message.fields["meta"]
    assert isinstance(meta, Rec)
    assert meta.fields["flag"] is GONE


@pytest.mark.parametrize(
    ("test", "condition"),
    [
        ('if event["n"] < 3:', ("n", "<", 3, True)),
        ('if not event["n"] >= 3:', ("n", "<", 3, True)),
        ('if 3 > event["n"]:', ("n", "<", 3, True)),
        ('if event["n"] + 1 <= 3:', ("n", "<=", 2, True)),
        ('if event.get("n", 0) < 3:', ("n", "<", 3, True)),
        ('if "done" not in event:', ("done", "present", 1, False)),
        ('if "done" in event:', ("done", "present", 1, True)),
        ('if event.get("done") is None:', ("done", "present", 1, False)),
        ('if not event.get("done"):', ("done", "true", 1, False)),
        ('if event["done"] == True:', ("done", "true", 1, True)),
        ('if event["kind"] == "new":', ("kind", "equals", "new", True)),
        ('if event["kind"] != "new":', ("kind", "equals", "new", False)),
        ('if event["key"].startswith("in/"):', ("key", "prefix", "in/", True)),
        ('if not event["key"].endswith(".gz"):', ("key", "suffix", ".gz", False)),
    ],
)
def test_a_test_of_the_event_guards_what_stands_below(
    test: str, condition: tuple[str, str, object, bool]
) -> None:
    body = f'{test}\n    sqs.send_message(QueueUrl="q", MessageBody="x")'
    assert guards(body) == {condition}


def test_a_test_with_or_guards_nothing() -> None:
    body = """
        if event["a"] == 1 or event["b"] == 2:
            sqs.send_message(QueueUrl="q", MessageBody="x")
        """
    assert guards(body) == set()


def test_what_stands_after_an_early_return_is_guarded_too() -> None:
    body = """
        if event["n"] >= 3:
            return
        sqs.send_message(QueueUrl="q", MessageBody="x")
        """
    assert guards(body) == {("n", "<", 3, True)}


def test_a_counter_that_begins_where_there_is_none() -> None:
    [body] = sent(
        """
        tries = 1
        if "tries" in event:
            tries = event["tries"] + 1
        sqs.send_message(QueueUrl="q", MessageBody={"tries": tries})
        """
    )
    assert body["messagebody"].fields["tries"] == Sum(Part(("tries",)), 1)  # type: ignore[union-attr]


def test_a_counter_that_some_branch_sets_anew_is_no_counter() -> None:
    [body] = sent(
        """
        tries = event["tries"] + 1
        if event["reset"]:
            tries = 1
        sqs.send_message(QueueUrl="q", MessageBody={"tries": tries})
        """
    )
    assert not isinstance(body["messagebody"].fields["tries"], Sum)  # type: ignore[union-attr]


def test_names_are_followed_through_helpers_and_defaults() -> None:
    text = START + dedent(
        """
        def url(name, default="X"):
            return os.environ.get(name, default)
        class Outbox:
            def __init__(self, target=url("TARGET")):
                self.target = target
            def put(self, text):
                sqs.send_message(QueueUrl=self.target, MessageBody=text)
        def handler(event, context):
            Outbox().put("x")
        """
    )
    [one] = read(text).written
    assert one.parameters.fields["queueurl"] == Str((Env("TARGET"),)) or one.parameters.fields[
        "queueurl"
    ] == Str((Env("TARGET", "X"),))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import helper_of_ours\ndef handler(e, c): helper_of_ours.go(e)", "helper_of_ours"),
        ("def handler(e, c): eval(e['x'])", "runs what only the run knows"),
        ("import subprocess\ndef handler(e, c): subprocess.run(e['x'])", "starts another program"),
        ("def other(e, c): pass", "there is no `handler`"),
        ("def handler(e, c:\n  pass", "index.py"),
    ],
)
def test_what_is_not_understood_is_a_doubt(source: str, words: str) -> None:
    found = read(source).doubts
    assert any(words in text for text, _ in found), found


def test_a_library_of_one_service_leaves_the_others_alone() -> None:
    reading = read("import pynamodb\ndef handler(e, c): pynamodb.x(e)")
    assert [service for _, service in reading.doubts] == ["dynamodb"]


@pytest.mark.parametrize("runtime", ["ruby3.3", "php", "provided.al2", ""])
def test_a_runtime_that_is_not_read_is_a_doubt(runtime: str) -> None:
    assert read("def handler(e, c): pass", runtime).doubts


def test_deep_nesting_and_long_code_end_in_a_doubt() -> None:
    deep = "def handler(e, c):\n    x = " + "(" * 5_000 + "e" + ")" * 5_000
    assert read(deep).doubts
    wide = "def handler(e, c):\n" + "    x = [1, 2, 3]\n" * 60_000
    assert any("too large" in text for text, _ in read(wide).doubts)
