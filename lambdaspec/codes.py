"""The registry of everything lambdaspec can say: code, name, level, and the page behind it."""

from __future__ import annotations

from attrs import frozen

from lambdaspec.diagnostics import Level


@frozen
class Code:
    """One thing that can be said about an input.

    Attributes:
        code: stable, such as `LS101`; reports and suppressions use it.
        name: stable too, and easier to remember.
        level: how bad it is by default.
        what: what it says.
        why: why that is bad, or worth knowing.
        fix: what to do.
        rules: ids of the rules and assumptions it rests on.

    """

    code: str
    name: str
    level: Level
    what: str
    why: str
    fix: str
    rules: tuple[str, ...] = ()


def _input(code: str, name: str, what: str, fix: str) -> Code:
    why = "lambdaspec does not guess what an input means: a guess could hide a runaway loop."
    return Code(code, name, Level.ERROR, what, why, fix)


_ALL = (
    _input("LS001", "syntax", "The file is neither valid YAML nor JSON.", "Correct the syntax."),
    _input("LS002", "unknown-key", "A key has no meaning here.", "Use one of the keys listed."),
    _input(
        "LS003",
        "dangling-name",
        "A name refers to nothing, or to something of the wrong kind.",
        "Define it, or name something of the kind listed.",
    ),
    _input("LS004", "wrong-type", "A value has the wrong type or form.", "Write it as shown."),
    _input(
        "LS005",
        "out-of-range",
        "A number is outside the range that AWS accepts.",
        "Choose a value in the range; `docs/semantics.md` gives its source.",
    ),
    _input("LS006", "duplicate", "A key or name is defined twice.", "Keep one of the two."),
    _input("LS007", "alias-cycle", "A YAML alias contains itself.", "Write the value out."),
    _input(
        "LS008",
        "wrong-kind",
        "The file is neither an architecture nor a template.",
        "Give a file with `lambdaspec: 1` or with `Resources:` at the top.",
    ),
    _input("LS009", "empty", "The file is empty.", "Give a file with an architecture in it."),
    _input("LS010", "not-utf-8", "The file is not UTF-8 text.", "Save it as UTF-8."),
    _input("LS011", "too-large", "The file is larger than 10 MiB.", "Split it."),
    _input(
        "LS012",
        "alias-explosion",
        "The file's aliases expand to more than a million values, or it nests too deeply.",
        "Write out less, or without aliases.",
    ),
    _input("LS013", "missing-key", "A key that is needed is missing.", "Add it."),
    _input("LS014", "unreadable", "The file cannot be opened.", "Check the path."),
    Code(
        "LS101",
        "runaway-loop",
        Level.ERROR,
        "One event can cause invocations without end, and nothing stops it.",
        "Each round costs money and starts the next one. AWS's recursion detection does not see "
        "this loop (it follows Lambda, SQS, SNS and S3 with a supported SDK only), or is told to "
        "allow it.",
        "Write to another queue, bucket prefix or table than the one that triggers the function; "
        "or carry a counter in the event and stop at a bound. To stop it now: set the function's "
        "reserved concurrency to 0 or disable the trigger.",
        ("REC-SVC", "REC-MODE", "SDK-MIN"),
    ),
    Code(
        "LS102",
        "cutoff-loop",
        Level.ERROR,
        "Only Lambda's recursion cutoff stops this loop.",
        "The cutoff is a safety net: it counts the depth of a chain, not its invocations, so that "
        "retries and fan-out multiply below it, and the event that is cut is lost or ends in a "
        "dead-letter queue. You see `RecursiveInvocationException` at the caller, the metric "
        "`RecursiveInvocationsDropped` at once, and a Health notice with an e-mail up to 3.5 "
        "hours later. A batch of messages is refused as a whole: innocent ones with it.",
        "Stop it now with reserved concurrency 0 or by disabling the trigger; correct the target; "
        "add the dead-letter queue or on-failure destination that keeps the event. If the "
        "recursion is intended, put a bound into the event and set RecursiveLoop to Allow.",
        ("REC-THRESH", "REC-NOTIFY", "REC-METRIC", "REC-BATCH"),
    ),
    Code(
        "LS103",
        "cut-short",
        Level.ERROR,
        "An intended, guarded recursion is cut by Lambda before its guard ends it.",
        "The guard shows that the recursion is meant to go on, but the cutoff comes first: the "
        "work that is left is dropped, silently but for a metric.",
        "Lower the guard's bound, do more work per invocation, or set RecursiveLoop to Allow "
        "after checking that the guard holds.",
        ("REC-THRESH", "CUT-LEGIT"),
    ),
    Code(
        "LS104",
        "expiry-loop",
        Level.WARNING,
        "Only the age of the message or record ends this loop.",
        "Retention is measured in hours or days, so the invocations until then are many.",
        "Break the loop, or lower maxReceiveCount, retries or the maximum age.",
        ("SQS-RETENTION", "STR-AGE"),
    ),
    Code(
        "LS105",
        "guarded-loop",
        Level.NOTE,
        "A loop that its own guard ends.",
        "Worth knowing: the bound is as good as the guard.",
        "Nothing to do.",
    ),
    Code(
        "LS106",
        "possible-loop",
        Level.NOTE,
        "A loop that exists only if a function uses a permission it has.",
        "Permissions say what a function may write, not what it writes. The loop does not count "
        "towards the verdict at the chosen strength of evidence.",
        "Remove the permission, or declare what the function writes.",
    ),
    Code(
        "LS107",
        "unused-dead-letter",
        Level.WARNING,
        "The function's own dead-letter target or on-failure destination never receives anything.",
        "It is for asynchronous invocations; this function is only invoked synchronously or by "
        "event source mappings.",
        "Put a redrive policy on the queue that triggers the function, or an on-failure "
        "destination on the stream's mapping.",
        ("ASYNC-DLQ", "ASYNC-DEST-SYNCSRC"),
    ),
    Code(
        "LS108",
        "budget-exceeded",
        Level.ERROR,
        "The worst case is more invocations than the budget allows.",
        "You set the budget with `--budget`.",
        "Lower retries, maxReceiveCount or fan-out, or raise the budget.",
    ),
    Code(
        "LS109",
        "not-modelled",
        Level.NOTE,
        "A part of the template is not understood yet and was left out.",
        "What is left out can hide a loop; the message says what it is.",
        "Declare what it does under `Metadata: lambdaspec:`.",
    ),
    Code(
        "LS110",
        "depends-on-assumption",
        Level.NOTE,
        "The answer differs between readings of something undocumented or unknown.",
        "lambdaspec decided with the reading named in the message; under the other one the "
        "verdict is another.",
        "Remove the dependence, or settle the question for your account.",
    ),
    Code(
        "LS111",
        "unused-suppression",
        Level.WARNING,
        "A suppression suppresses nothing.",
        "What it was for is gone, or its code, path or resource is misspelt: it would hide the next "
        "finding that fits.",
        "Remove it, or correct it.",
    ),
    Code(
        "LS112",
        "role-too-broad",
        Level.NOTE,
        "A role allows writes to any resource, so that permissions prove nothing about its functions.",
        "What is not permitted cannot be written: a narrow role is a proof that no bug in a handler "
        "can run away.",
        "Name the resources in the statement that the note points at.",
    ),
    Code(
        "LS113",
        "endless-retry",
        Level.WARNING,
        "A message that keeps failing is delivered again without end.",
        "A retry is no loop: nothing is written. But nothing stops it either, as long as the "
        "function fails on that message: RabbitMQ keeps it until it is told otherwise.",
        "Give the queue a time-to-live or a dead-letter exchange on the broker, or let the function "
        "accept what it cannot process and set it aside itself.",
        ("MQ-RETRY",),
    ),
    Code(
        "LS201",
        "silent-loss",
        Level.WARNING,
        "An event from outside can vanish, and nothing tells anybody.",
        "Discarded after the last attempt, cut without a dead-letter place, deleted by a filter, or "
        "too old: what is not in any queue cannot be looked at or tried again.",
        "Give the function a dead_letter or on_failure, the queue a redrive policy whose receives "
        "fit into the retention, the mapping an on_failure. See models/silent-loss.",
        ("ASYNC-DLQ", "SQS-NODLQ", "SQS-FILTER", "SQS-DLQ-CLOCK", "STR-DEST"),
    ),
    Code(
        "LS202",
        "innocent-dropped",
        Level.WARNING,
        "A message on which nothing ever ran is dropped with the batch of one that is cut.",
        "A batch counts as the maximum of its messages and is refused as a whole, receives counted.",
        "Remove the loop that reaches the cutoff, or use a batch size of 1. See "
        "models/innocent-dropped.",
        ("REC-BATCH", "CUT-SQS"),
    ),
    Code(
        "LS203",
        "blocked-too-long",
        Level.WARNING,
        "One bad record can hold up its shard or message group for longer than you accept.",
        "By default a failing batch blocks its shard until the record expires. `--patience` says "
        "what is accepted, an hour if it does not.",
        "Limit retries or the age of records, halve failed batches, give the queue a redrive policy. "
        "See models/blocked-too-long.",
        ("STR-BLOCK", "STR-RETRY", "SQS-FIFO-BLOCK"),
    ),
    Code(
        "LS204",
        "never-settled",
        Level.WARNING,
        "Some event is never processed and never in a dead-letter place: it is lost or goes round.",
        "Whoever waits for the work has no place to look for it.",
        "As for silent-loss; a loop without end needs an end. See models/never-settled.",
        ("ASYNC-DLQ", "SQS-NODLQ", "STR-DEST"),
    ),
    Code(
        "LS205",
        "runs-twice",
        Level.WARNING,
        "A function can run a second time on the same event.",
        "What it does must then be idempotent: a charge, a mail, a counter.",
        "Make it idempotent, or take the setting away that the note names. See models/runs-twice.",
        ("ASYNC-RETRY-DEFAULT", "SQS-FNERR", "STR-RETRY", "COGNITO-RETRY", "SFN-RETRY"),
    ),
    Code(
        "LS206",
        "dead-letter-feeds-itself",
        Level.WARNING,
        "What is set aside, in a dead-letter place or a destination, comes back to what set it "
        "aside.",
        "A dead-letter queue is for people to look at; one that triggers is a loop.",
        "Let nothing that leads back read it. See models/dead-letter-feeds-itself.",
        ("REC-DLQ-SAMEFN", "SQS-DLQ-CYCLE", "ASYNC-DEST-FAIL"),
    ),
    Code(
        "LS208",
        "short-visibility",
        Level.WARNING,
        "A queue shows a message again before six times the function's timeout have passed.",
        "Lambda may still be busy with it, or be throttled: it is then processed twice, its receives "
        "used up.",
        "Set the visibility timeout to six times the function's timeout. See models/short-visibility.",
        ("SQS-VT-6X",),
    ),
    Code(
        "LS209",
        "throttled-away",
        Level.WARNING,
        "Throttling alone soon moves messages to the dead-letter queue, though nothing ran.",
        "Each throttled delivery counts as a receive.",
        "Allow at least five receives. See models/throttled-away.",
        ("SQS-THROTTLE", "SQS-MAXRECV"),
    ),
)

CODES: dict[str, Code] = {code.code: code for code in _ALL}
"""Every code by its number."""

NAMES: dict[str, Code] = {code.name: code for code in _ALL}
"""Every code by its name."""
