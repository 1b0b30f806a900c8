"""Every number of AWS that lambdaspec uses, once, with unit and source.

The ids are those under which the rules are discussed in `docs/semantics.md`. Times are in
milliseconds wherever the unit says `ms`; elsewhere the unit is the one AWS configures in.
"""

from __future__ import annotations

from attrs import frozen

_DG = "https://docs.aws.amazon.com/lambda/latest/dg/"
_API = "https://docs.aws.amazon.com/lambda/latest/api/"
_SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/"


@frozen
class Limit:
    """One number of AWS: a default, with the range that may be configured where there is one."""

    rule: str
    value: int
    unit: str
    source: str
    least: int | None = None
    most: int | None = None

    def allows(self, value: int) -> bool:
        """Whether AWS accepts `value` for this setting."""
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )

    @property
    def range(self) -> str:
        """The range in words, for messages."""
        return f"{self.least} to {self.most} {self.unit}"


CUTOFF = Limit(
    "REC-THRESH", 16, "invocations of one function in a chain", _DG + "invocation-recursion.html"
)
FUNCTION_TIMEOUT = Limit("Q-TIMEOUT", 3, "s", _DG + "gettingstarted-limits.html", least=1, most=900)
RESERVED_CONCURRENCY = Limit(
    "CONC-ZERO", 0, "executions", _DG + "configuration-concurrency.html", least=0, most=100_000
)
ASYNC_RETRIES = Limit(
    "ASYNC-RETRY-DEFAULT", 2, "retries", _DG + "invocation-async-error-handling.html", 0, 2
)
ASYNC_AGE = Limit(
    "ASYNC-AGE", 21_600, "s", _DG + "invocation-async-configuring.html", least=60, most=21_600
)
ASYNC_FIRST_DELAY = Limit("ASYNC-DELAY", 60, "s", _DG + "invocation-async-error-handling.html")
ASYNC_SECOND_DELAY = Limit("ASYNC-DELAY", 120, "s", _DG + "invocation-async-error-handling.html")
SQS_BATCH = Limit(
    "SQS-BATCH", 10, "messages", _API + "API_CreateEventSourceMapping.html", least=1, most=10_000
)
SQS_FIFO_BATCH = Limit(
    "SQS-BATCH", 10, "messages", _API + "API_CreateEventSourceMapping.html", least=1, most=10
)
SQS_VISIBILITY = Limit(
    "SQS-VT", 30, "s", _SQS + "APIReference/API_SetQueueAttributes.html", least=0, most=43_200
)
SQS_RETENTION = Limit(
    "SQS-RETENTION",
    345_600,
    "s",
    _SQS + "APIReference/API_SetQueueAttributes.html",
    least=60,
    most=1_209_600,
)
SQS_MAX_RECEIVE = Limit(
    "SQS-MAXRECV",
    10,
    "receives",
    _SQS + "APIReference/API_SetQueueAttributes.html",
    least=1,
    most=1_000,
)
STREAM_BATCH = Limit(
    "STR-BATCH", 100, "records", _API + "API_CreateEventSourceMapping.html", least=1, most=10_000
)
STREAM_RETRIES = Limit(
    "STR-RETRY", -1, "retries", _API + "API_CreateEventSourceMapping.html", least=-1, most=10_000
)
STREAM_AGE = Limit(
    "STR-AGE", -1, "s", _API + "API_CreateEventSourceMapping.html", least=60, most=604_800
)
STREAM_PACE = Limit(
    "STR-PACE",
    1,
    "ms between attempts, the least that is billed",
    _DG + "lambda-runtime-environment.html",
)
KINESIS_RETENTION = Limit(
    "KIN-RET",
    86_400,
    "s",
    "https://docs.aws.amazon.com/kinesis/latest/APIReference/"
    "API_IncreaseStreamRetentionPeriod.html",
    least=86_400,
    most=31_536_000,
)
TABLE_RETENTION = Limit("DDB-RET", 86_400, "s", _DG + "services-ddb-params.html")
SDK_LEGACY = Limit(
    "SDK-LEGACY",
    5,
    "attempts of a call",
    "https://github.com/boto/botocore/blob/develop/botocore/data/_retry.json",
)
SDK_STANDARD = Limit(
    "SDK-STANDARD",
    3,
    "attempts of a call",
    "https://github.com/boto/botocore/blob/develop/botocore/retries/standard.py",
)
SDK_READ_TIMEOUT = Limit(
    "SDK-READTIMEOUT",
    60,
    "s until a caller stops waiting",
    "https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html",
)
HTTP_ATTEMPTS = Limit("APIGW-RETRY", 1, "attempts of a request", _DG + "invocation-retries.html")
COGNITO_ATTEMPTS = Limit(
    "COGNITO-RETRY",
    3,
    "attempts of a trigger",
    "https://docs.aws.amazon.com/cognito/latest/developerguide/"
    "cognito-user-identity-pools-working-with-aws-lambda-triggers.html",
)
FIREHOSE_ATTEMPTS = Limit(
    "FIREHOSE-RETRY",
    4,
    "attempts of a transformation, three of them retries",
    "https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html",
)
KAFKA_RETENTION = Limit(
    "KAFKA-RETENTION",
    604_800,
    "s, the broker's default",
    "https://kafka.apache.org/documentation/#brokerconfigs_log.retention.hours",
)
KAFKA_CAP = Limit(
    "KAFKA-RETRY",
    10,
    "retries, if there is an on-failure destination and no other limit",
    _DG + "kafka-on-failure.html",
)
ACTIVEMQ_RETRIES = Limit("MQ-RETRY", 6, "redeliveries", _DG + "services-mq-errors.html")
DOCUMENTDB_RETENTION = Limit(
    "DOCDB-RETRY",
    10_800,
    "s of change stream retention",
    "https://docs.aws.amazon.com/documentdb/latest/developerguide/change_streams.html",
    least=3_600,
    most=604_800,
)
RULE_RETRIES = Limit(
    "EB-RETRY",
    185,
    "retries of a delivery",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html",
    least=0,
    most=185,
)
TASK_RETRIES = Limit(
    "SFN-RETRY",
    0,
    "retries of a task, unless it has a Retry block",
    "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
    least=0,
    most=99_999_999,
)
RETRIER_ATTEMPTS = Limit(
    "SFN-RETRY",
    3,
    "retries of a task by a retrier that names no number",
    "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
    least=0,
    most=99_999_999,
)
EXECUTION_HISTORY = Limit(
    "SFN-SEM",
    25_000,
    "events in the history of a Standard execution",
    "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html",
)
EVENTS_PER_ATTEMPT = Limit(
    "SFN-HISTORY",
    3,
    "history events of an attempt at the least: scheduled, started, ended",
    "https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html",
)
EXPRESS_TIME = Limit(
    "SFN-SEM",
    300,
    "s of an Express execution",
    "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html",
)
VISIBILITY_FACTOR = Limit(
    "SQS-VT-6X",
    6,
    "times the function's timeout, at the least",
    _DG + "services-sqs-configure.html",
)
LEAST_RECEIVES = Limit(
    "SQS-MAXRECV",
    5,
    "receives that AWS recommends at the least",
    _DG + "services-sqs-configure.html",
)
PATIENCE = Limit(
    "STR-BLOCK", 3_600, "s that a bad record may hold up others", _DG + "with-kinesis.html"
)
NOTICE_DELAY = Limit(
    "REC-NOTIFY",
    210,
    "min until the Health notice at the latest",
    _DG + "invocation-recursion.html",
)

ALL_LIMITS: tuple[Limit, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Limit)
)
"""Every limit above, for the reference page and the tests."""


@frozen
class Scale:
    """The limits that nobody can configure, as a value: tests scale them down, AWS does not.

    Attributes:
        cutoff: invocations of a `Terminate` function in a chain before the next is refused.
        stream_pace: ms from one attempt on a stream record to the next, at the least.
        async_delays: ms before the second and the third asynchronous attempt.
        history: events after which a Standard execution fails.
        express_time: ms after which an Express execution fails.
        duplicates: how often each at-least-once delivery is repeated without need; AWS names no
            bound, so this is a parameter.
        redrives: how often a person moves what one event has become back from a dead-letter queue.

    """

    cutoff: int = CUTOFF.value
    stream_pace: int = STREAM_PACE.value
    async_delays: tuple[int, ...] = (
        ASYNC_FIRST_DELAY.value * 1_000,
        ASYNC_SECOND_DELAY.value * 1_000,
    )
    history: int = EXECUTION_HISTORY.value
    express_time: int = EXPRESS_TIME.value * 1_000
    duplicates: int = 0
    redrives: int = 0


SDK_MINIMUM: dict[str, tuple[int, ...]] = {
    "aws-sdk": (2, 1147, 0),
    "@aws-sdk": (3, 105, 0),
    "boto3": (1, 24, 46),
    "botocore": (1, 27, 46),
    "java": (2, 17, 135),
    "java17": (2, 20, 81),
    "java21": (2, 21, 24),
    "dotnet": (3, 7, 293),
    "aws-sdk-go-v2": (1, 57, 0),
}
"""The first version of each SDK that passes the lineage on (SDK-MIN); `javaN` on that runtime.

Source: AWS Lambda Developer Guide, "Supported AWS services and SDKs", in
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html. The guide does not say which
of Go's modules the version counts.
"""
