"""Operations of AWS's SDKs that cause events, and how a call of one is recognised.

The names are those of the service APIs (each service's API reference), written without case,
underscores and the suffixes that SDKs add. The event types of S3 are from the S3 user guide,
"Supported event types for SQS, SNS, and Lambda" (S3-EVENTS in docs/semantics.md).
"""

from __future__ import annotations

import re

from attrs import frozen


@frozen
class Operation:
    """One operation: its service, the parameters that say where, what and how.

    Attributes:
        target: the parameters that may name the target, the first one that is given counts.
        inside: where the target stands in each item of this parameter.
        event: of S3, the event type that it causes.
        job: what does the writing later, if the call only asks for it: no lineage comes back.
        named: the parameter that such a job makes the key from where no key is given.
        formats: the parameter that decides how such a key ends, and the endings; if it is not
            given, or not one of these, the ending under the empty name.
        body: the parameters that carry the payload.
        positional: the parameters' order, for SDKs that take them so.

    """

    service: str
    target: tuple[str, ...]
    inside: str = ""
    event: str = ""
    key: str = "key"
    job: str = ""
    named: str = ""
    formats: tuple[str, dict[str, str]] = ("", {})
    body: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()


_S3 = ("bucket", "bucketname", "destinationbucket", "destinationbucketname", "destbucket")
_TABLE = ("tablename",)
_QUEUE = ("queueurl", "queue", "queuename")
_TOPIC = ("topicarn", "targetarn")

OPERATIONS: dict[str, Operation] = {
    "sendmessage": Operation(
        "sqs", _QUEUE, body=("messagebody",), positional=("queueurl", "messagebody")
    ),
    "sendmessagebatch": Operation("sqs", _QUEUE, positional=("queueurl", "entries")),
    "publish": Operation("sns", _TOPIC, body=("message",), positional=("topicarn", "message")),
    "publishbatch": Operation("sns", _TOPIC),
    "putobject": Operation(
        "s3", _S3, event="ObjectCreated:Put", positional=("bucket", "key", "body")
    ),
    "uploadfile": Operation(
        "s3", _S3, event="ObjectCreated:*", positional=("filename", "bucket", "key")
    ),
    "uploadfileobj": Operation(
        "s3", _S3, event="ObjectCreated:*", positional=("fileobj", "bucket", "key")
    ),
    "copyobject": Operation(
        "s3",
        ("destinationbucket", "destinationbucketname", "bucket"),
        event="ObjectCreated:Copy",
        positional=("sourcebucket", "sourcekey", "bucket", "key"),
    ),
    "completemultipartupload": Operation("s3", _S3, event="ObjectCreated:CompleteMultipartUpload"),
    "deleteobject": Operation("s3", _S3, event="ObjectRemoved:*", positional=("bucket", "key")),
    "deleteobjects": Operation("s3", _S3, event="ObjectRemoved:*", key=""),
    "putobjecttagging": Operation("s3", _S3, event="ObjectTagging:Put"),
    "deleteobjecttagging": Operation("s3", _S3, event="ObjectTagging:Delete"),
    "putobjectacl": Operation("s3", _S3, event="ObjectAcl:Put"),
    "restoreobject": Operation("s3", _S3, event="ObjectRestore:*"),
    "putitem": Operation("dynamodb", _TABLE, positional=("tablename", "item")),
    "updateitem": Operation("dynamodb", _TABLE, positional=("tablename",)),
    "deleteitem": Operation("dynamodb", _TABLE, positional=("tablename",)),
    "batchwriteitem": Operation(
        "dynamodb", (), inside="requestitems", positional=("requestitems",)
    ),
    "transactwriteitems": Operation("dynamodb", _TABLE, inside="transactitems"),
    "executestatement": Operation("dynamodb", ("?",)),
    "batchexecutestatement": Operation("dynamodb", ("?",)),
    "executetransaction": Operation("dynamodb", ("?",)),
    "putrecord": Operation("kinesis", ("streamname", "streamarn"), body=("data",)),
    "putrecords": Operation("kinesis", ("streamname", "streamarn")),
    "putevents": Operation("events", ("eventbusname",), inside="entries"),
    "invoke": Operation("lambda", ("functionname",), body=("payload",)),
    "invokeasync": Operation("lambda", ("functionname",), body=("invokeargs",)),
    "invokewithresponsestream": Operation("lambda", ("functionname",)),
    "startexecution": Operation("states", ("statemachinearn",), body=("input",)),
    "startsyncexecution": Operation("states", ("statemachinearn",), body=("input",)),
    "createschedule": Operation("scheduler", ("arn",), inside="target"),
    # a transcript is named by its job; subtitles, if asked for, stand beside it
    "starttranscriptionjob": Operation(
        "s3",
        ("outputbucketname",),
        event="ObjectCreated:*",
        key="outputkey",
        job="Transcribe job",
        named="transcriptionjobname",
        formats=("subtitles", {"": ".json"}),
    ),
    "startspeechsynthesistask": Operation(
        "s3",
        ("outputs3bucketname",),
        event="ObjectCreated:*",
        key="",
        job="Polly task",
        named="outputs3keyprefix",
        formats=("outputformat", {"mp3": ".mp3", "ogg_vorbis": ".ogg", "pcm": ".pcm"}),
    ),
}
"""What an operation with an unmistakable name writes to."""

CLIENT_ONLY: dict[tuple[str, str], str] = {
    ("dynamodb", "put"): "putitem",
    ("dynamodb", "update"): "updateitem",
    ("dynamodb", "delete"): "deleteitem",
    ("dynamodb", "batchwrite"): "batchwriteitem",
    ("dynamodb", "transactwrite"): "transactwriteitems",
    ("s3", "upload"): "putobject",
    ("s3", "copy"): "copyobject",
    ("s3", "copyfrom"): "copyobject",
    ("s3", "uploadobject"): "putobject",
    ("s3", "uploaddirectory"): "putobject",
}
"""Names that mean something only on a client of that service."""

UNMISTAKABLE = frozenset(OPERATIONS) - {"publish", "invoke", "uploadfile", "executestatement"}
"""Names that are taken for an operation of AWS whatever they are called on."""

STARTERS = {
    "startjobrun": "a Glue job",
    "submitjob": "a Batch job",
    "runtask": "an ECS task",
    "startbuild": "a CodeBuild build",
    "sendcommand": "a command on instances",
    "startpipelineexecution": "a pipeline",
    "startautomationexecution": "an automation",
    "runjobflow": "an EMR cluster",
    "createtrainingjob": "a training job",
    "createtransformjob": "a transform job",
    "createprocessingjob": "a processing job",
    "startworkflowrun": "a Glue workflow",
    "createjob": "a job",
    "startdocumenttextdetection": "a Textract job",
    "startdocumentanalysis": "a Textract job",
    "sendtasksuccess": "",
    "putlogevents": "",
}
"""Operations that let something else write later, which is not seen; empty: nothing that matters."""

JAVA_SERVICES = re.compile(
    r"^(?:I?Amazon)?(?:AWS)?(Sqs|SQS|Sns|SNS|SimpleNotificationService|S3|DynamoDb|DynamoDB|Lambda|EventBridge|"
    r"CloudWatchEvents|Kinesis|Firehose|Sfn|StepFunctions|Scheduler|IotDataPlane|DynamoDbEnhanced|"
    r"Textract|Rekognition|Transcribe|Ses|SESv2|SimpleEmailServiceV?2?|Ssm|SecretsManager|"
    r"SimpleSystemsManagement|Bedrock\w*|Athena|Glue|Cognito\w*)"
    r"(?:Async)?(?:Client|ClientV2|Context)?(?:Interface)?$"
)
"""How types of clients are named in Java, C# and Go."""

_SERVICES = {
    "simplenotificationservice": "sns",
    "eventbridge": "events",
    "cloudwatchevents": "events",
    "sfn": "states",
    "stepfunctions": "states",
    "stepfunction": "states",
    "dynamodbenhanced": "dynamodb",
    "lib-dynamodb": "dynamodb",
    "documentclient": "dynamodb",
    "dynamodbdocument": "dynamodb",
    "dynamodbdocumentclient": "dynamodb",
    "lib-storage": "s3",
    "iotdata": "iot",
    "iotdataplane": "iot",
    "iot-data": "iot",
    "iot-data-plane": "iot",
    "s3control": "s3-control",
}


def service_named(name: str) -> str:
    """The service of a client's name in any SDK: `sqs`, `states`, `events` and so on."""
    plain = name.lower().removeprefix("client-").removesuffix("client")
    return _SERVICES.get(plain, plain)


def service_of_type(name: str) -> str | None:
    """The service whose client has a type of this name; None if it is no client."""
    last = re.split(r"[.*&\s]+", name.split("<", maxsplit=1)[0].strip("?[] "))[-1]
    match = JAVA_SERVICES.match(last)
    return service_named(match[1].lower()) if match else None


_SUFFIXES = ("withcontext", "async", "command", "request", "input", "paginator")


def plain(name: str) -> str:
    """An operation's or parameter's name without case, underscores and suffixes."""
    found = name.replace("_", "").lower()
    for suffix in _SUFFIXES:
        if found.endswith(suffix) and len(found) > len(suffix) + 2 and found != "invokeasync":
            found = found.removesuffix(suffix)
    return found


def canonical(service: str | None, name: str) -> str:
    """The name under which an operation stands in `OPERATIONS`."""
    short = plain(name)
    return short if service is None else CLIENT_ONLY.get((service, short), short)


def operation(service: str | None, name: str) -> Operation | None:
    """The writing operation of that name on a client of that service, if it is one."""
    short = canonical(service, name)
    found = OPERATIONS.get(short)
    if found is None or (service is None and short not in UNMISTAKABLE):
        return None
    if service == "firehose" or (service == "iot" and short == "publish"):
        return None
    if service is not None and service != found.service and short not in UNMISTAKABLE:
        return None
    return found
