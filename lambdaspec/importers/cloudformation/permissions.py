"""IAM: what a function's role lets it write, as far as the template says."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, frozen

from lambdaspec.architecture.document import Mapping, Node
from lambdaspec.architecture.elements import (
    Bucket,
    Bus,
    Channel,
    Function,
    Queue,
    Stream,
    Table,
    Topic,
)
from lambdaspec.architecture.services import Workflow
from lambdaspec.diagnostics import Span
from lambdaspec.importers.cloudformation.template import Resource, Template
from lambdaspec.importers.cloudformation.values import (
    Parts,
    Reference,
    literal,
    references,
    tail,
)

_OBJECTS = {
    "s3:PutObject": "ObjectCreated:*",
    "s3:DeleteObject": "ObjectRemoved:*",
    "s3:PutObjectTagging": "ObjectTagging:Put",
    "s3:DeleteObjectTagging": "ObjectTagging:Delete",
    "s3:PutObjectAcl": "ObjectAcl:Put",
    "s3:RestoreObject": "ObjectRestore:*",
}
"""Permissions on objects, and the event type that using them causes (S3-EVENTS)."""

_WRITES: dict[type[Function | Channel], tuple[str, ...]] = {
    Function: ("lambda:InvokeFunction", "lambda:InvokeAsync"),
    Queue: ("sqs:SendMessage",),
    Topic: ("sns:Publish",),
    Bucket: tuple(_OBJECTS),
    Table: (
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLUpdate",
        "dynamodb:PartiQLDelete",
    ),
    Stream: ("kinesis:PutRecord", "kinesis:PutRecords"),
    Bus: ("events:PutEvents",),
    Workflow: ("states:StartExecution", "states:StartSyncExecution"),
}

_TEMPLATES = {
    "SQSSendMessagePolicy": (("sqs:SendMessage",), "QueueName"),
    "SNSPublishMessagePolicy": (("sns:Publish",), "TopicName"),
    "SNSCrudPolicy": (("sns:Publish",), "TopicName"),
    "S3WritePolicy": (("s3:PutObject",), "BucketName"),
    "S3CrudPolicy": (("s3:PutObject", "s3:DeleteObject"), "BucketName"),
    "S3FullAccessPolicy": (("s3:*",), "BucketName"),
    "DynamoDBWritePolicy": (("dynamodb:PutItem", "dynamodb:UpdateItem"), "TableName"),
    "DynamoDBCrudPolicy": (("dynamodb:PutItem", "dynamodb:DeleteItem"), "TableName"),
    "KinesisCrudPolicy": (("kinesis:PutRecord",), "StreamName"),
    "LambdaInvokePolicy": (("lambda:InvokeFunction",), "FunctionName"),
    "EventBridgePutEventsPolicy": (("events:PutEvents",), "EventBusName"),
    "StepFunctionsExecutionPolicy": (("states:StartExecution",), "StateMachineName"),
}
"""SAM's policy templates that allow writes: the actions, and the parameter that names where."""

_MANAGED = {
    "AdministratorAccess": "*",
    "PowerUserAccess": "*",
    "AmazonSQSFullAccess": "sqs:*",
    "AmazonSNSFullAccess": "sns:*",
    "AmazonS3FullAccess": "s3:*",
    "AmazonDynamoDBFullAccess": "dynamodb:*",
    "AmazonKinesisFullAccess": "kinesis:*",
    "AmazonEventBridgeFullAccess": "events:*",
    "AWSStepFunctionsFullAccess": "states:*",
    "AmazonDynamoDBFullAccess_v2": "dynamodb:*",
    "AWSLambda_FullAccess": "lambda:*",
    "AWSLambdaFullAccess": "*",
    "AWSLambdaRole": "lambda:InvokeFunction",
}
"""AWS's managed policies that allow writes (AWS managed policy reference)."""

_HARMLESS = (
    "ReadOnly",
    "ExecutionRole",
    "XRay",
    "XrayWriteOnly",
    "CloudWatch",
    "Logs",
    "VPCAccess",
    "SSM",
    "SecretsManager",
    "Rekognition",
    "Comprehend",
    "Translate",
    "Polly",
    "Textract",
    "Transcribe",
    "Bedrock",
    "SES",
    "RDS",
    "EC2",
    "ECR",
    "ECS",
    "EFS",
    "ElasticFileSystem",
    "ElastiCache",
    "Athena",
    "Glue",
    "Location",
    "AppSync",
    "AppConfig",
    "APIGateway",
    "Cognito",
    "Kafka",
    "MSK",
    "AmazonMQ",
    "Connect",
    "OpenSearch",
    "Timestream",
    "Insights",
    "Route53",
    "KeyManagement",
    "CodeDeploy",
    "AWSLambdaInvocation-DynamoDB",
)
"""What is in the names of AWS's managed policies that allow none of the writes in question."""


def _is_harmless(name: str) -> bool:
    """Whether a policy's name says that it allows nothing that causes events here."""
    return any(part in name for part in _HARMLESS)


def _actions_by_name(name: str) -> tuple[str, ...]:
    """What a policy that is not listed may allow: its service's actions if it names one."""
    for word, service in _SERVICE_WORDS.items():
        if word in name:
            return (f"{service}:*",)
    return ("*",)


_SERVICE_WORDS = {
    "SQS": "sqs",
    "SNS": "sns",
    "S3": "s3",
    "DynamoDB": "dynamodb",
    "Kinesis": "kinesis",
    "EventBridge": "events",
    "StepFunctions": "states",
    "Lambda": "lambda",
}


_DEAD_LETTERS = {"SQS": ("sqs:SendMessage",), "SNS": ("sns:Publish",)}
"""What SAM lets a function do with its dead-letter target."""

_CONNECTOR: dict[type[Function | Channel], tuple[str, ...]] = {
    Function: ("lambda:InvokeAsync", "lambda:InvokeFunction"),
    Queue: ("sqs:SendMessage",),
    Topic: ("sns:Publish",),
    Bucket: ("s3:PutObject", "s3:DeleteObject", "s3:RestoreObject"),
    Table: ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
    Bus: ("events:PutEvents",),
    Workflow: ("states:StartExecution",),
}
"""What a connector with `Write` allows a function (AWS SAM, "Resource and permission types")."""


@frozen
class Grant:
    """Some actions on some resource.

    `anywhere` if the resource is not one of the template's, `intended` if a connector asks for it:
    that says of one function and one resource what it is for. `vague` if it is not known what the
    policy allows.
    """

    actions: tuple[str, ...]
    resource: Parts
    span: Span
    anywhere: bool = False
    intended: bool = False
    vague: bool = False

    @property
    def broad(self) -> bool:
        """Whether it is for every resource of a service, or of all services."""
        text = literal(self.resource)
        return text is not None and (text == "*" or text.endswith((":*", ":::*", ":::*/*")))


@frozen
class Permission:
    """A way in which a grant lets a function write to one function or channel."""

    span: Span
    key: str = "{}"
    event: str = "ObjectCreated:*"
    intended: bool = False
    vague: bool = False


def grants(template: Template, function: Resource) -> list[Grant]:
    """Everything that a function's role allows; a role from elsewhere may allow everything."""
    return [*_connected(template, function), *_by_role(template, function)]


def _connected(template: Template, function: Resource) -> Iterator[Grant]:
    """What SAM's connectors allow a function."""
    for connector in template.connectors():
        if connector.source == function.name and "Write" in connector.permissions:
            for target in connector.targets:
                element = template.functions.get(target) or template.channels.get(target)
                actions = _CONNECTOR.get(type(element)) if element is not None else None
                if actions is not None:
                    yield Grant(actions, (Reference(target),), connector.span, intended=True)


def _by_role(template: Template, function: Resource) -> list[Grant]:
    role = template.settings(function, "Role")
    if function.kind == "AWS::Serverless::Function" and role is None:
        return list(_serverless(template, function))
    names = [reference.name for reference in references(template.value(role))]
    known = [template.resources[n] for n in names if n in template.resources]
    if not known:
        span = function.span if role is None else role.span
        return [Grant(("*",), ("*",), span, anywhere=True)]
    return [grant for resource in known for grant in _of_role(template, resource)]


def _serverless(template: Template, function: Resource) -> Iterator[Grant]:
    for setting, actions in _DEAD_LETTERS.items():
        kind = literal(template.value(_dead_letters(template, function).get("Type")))
        target = _dead_letters(template, function).get("TargetArn")
        if kind == setting and target is not None:
            yield Grant(actions, template.value(target), target.span)
    for source in (function.properties.get("Policies"), template.globals.get("Policies")):
        for item in template.items(source):
            if isinstance(item, Mapping) and "Statement" in item.entries:
                yield from _document(template, item)
            elif isinstance(item, Mapping):
                yield from _policy_template(template, item)
            else:
                yield from _managed(template, item)


def _dead_letters(template: Template, function: Resource) -> Mapping:
    node = template.settings(function, "DeadLetterQueue")
    return template.structure(node, "the dead-letter target")


def _policy_template(template: Template, item: Mapping) -> Iterator[Grant]:
    for name, (key, node) in item.entries.items():
        if name in _TEMPLATES:
            actions, parameter = _TEMPLATES[name]
            body = template.structure(node, f"`{name}`")
            value = template.value(body.get(parameter))
            where = value or ("*",)
            yield Grant(actions, where, key.span)


def _managed(template: Template, node: Node) -> Iterator[Grant]:
    value = template.value(node)
    name = tail(value).rsplit("/", 1)[-1]
    if name in _MANAGED:
        yield Grant((_MANAGED[name],), ("*",), node.span)
    elif name and not references(value) and not _is_harmless(name):
        yield Grant(_actions_by_name(name), ("*",), node.span, anywhere=True, vague=True)
    for reference in references(value):
        resource = template.resources.get(reference.name)
        if resource is not None and resource.kind == "AWS::IAM::ManagedPolicy":
            document = template.structure(resource.properties.get("PolicyDocument"), "a policy")
            yield from _document(template, document)


def _of_role(template: Template, role: Resource) -> Iterator[Grant]:
    for item in template.items(role.properties.get("Policies")):
        body = template.structure(item, "a policy")
        yield from _document(template, template.structure(body.get("PolicyDocument"), "a policy"))
    for item in template.items(role.properties.get("ManagedPolicyArns")):
        yield from _managed(template, item)
    for policy in template.of_kind(
        "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"
    ):
        listed = policy.properties.get("Roles")
        if listed is None:
            listed = policy.properties.get("RoleName")
        for item in template.items(listed):
            if any(r.name == role.name for r in references(template.value(item))):
                body = template.structure(policy.properties.get("PolicyDocument"), "a policy")
                intended = policy.metadata.get("aws:sam:connectors") is not None
                for grant in _document(template, body):
                    yield evolve(grant, intended=intended)


def _document(template: Template, document: Mapping) -> Iterator[Grant]:
    for item in template.items(document.get("Statement")):
        statement = template.structure(item, "a statement")
        if literal(template.value(statement.get("Effect"))) == "Deny":
            continue
        actions = [literal(template.value(n)) for n in template.items(statement.get("Action"))]
        if statement.get("NotAction") is not None:
            actions = ["*"]
        resources = template.items(statement.get("Resource"))
        if not resources:
            yield Grant(_texts(actions), ("*",), item.span)
        for node in resources:
            yield Grant(_texts(actions), template.value(node), node.span)


def _texts(values: list[str | None]) -> tuple[str, ...]:
    return tuple("*" if value is None else value for value in values)


def permission(
    template: Template, grant: Grant, name: str, element: Function | Channel
) -> Iterator[Permission]:
    """The ways in which a grant lets its holder write to an element."""
    if not _covers(template, grant, name):
        return
    key = _key(grant)
    for action in _WRITES.get(type(element), ()):
        if any(fits(action.lower(), allowed.lower()) for allowed in grant.actions):
            if isinstance(element, Bucket):
                yield Permission(grant.span, key, _OBJECTS[action], grant.intended, grant.vague)
            else:
                yield Permission(grant.span, intended=grant.intended, vague=grant.vague)
                return


def _covers(template: Template, grant: Grant, name: str) -> bool:
    """Whether a grant's resource is this element: by reference, by name, or by a wildcard."""
    resource = grant.resource
    text = literal(resource)
    if text is not None and ("*" in text or "?" in text):
        return _wildcard(template, text, name)
    for reference in references(resource):
        found = template.resolved(reference.name)
        if found is not None and found.name == name:
            return not _is_index(resource)
    element = template.resources.get(name)
    given = template.physical(element) if element is not None else ()
    if not given:
        return name == text
    trimmed = _without_tail(resource)
    return any(one == given or _ends(one, given) for one in (resource, trimmed))


def _wildcard(template: Template, text: str, name: str) -> bool:
    if text == "*" or (text.endswith((":*", ":::*")) and "/" not in text):
        return True
    element = template.resources.get(name)
    given = literal(template.physical(element)) if element is not None else None
    pattern = text.rsplit(":", 1)[-1].removeprefix("function:").removeprefix("table/")
    first = pattern.split("/", 1)[0]
    if given is None:  # its name is made at deployment: CloudFormation puts the stack's name first
        return "*" in first
    return fits(given, first)


def fits(text: str, pattern: str) -> bool:
    """Whether IAM's wildcards let a text pass: `*` for any texts, `?` for any character."""
    at = place = 0
    star, begun = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star, begun = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in ("?", text[at]):
            at, place = at + 1, place + 1
        elif star >= 0:  # the last star takes one character more
            begun += 1
            at, place = begun, star + 1
        else:
            return False
    return not pattern[place:].strip("*")


def _is_index(resource: Parts) -> bool:
    """A table's stream or index is no place to write to."""
    if any(isinstance(p, Reference) and p.attribute == "StreamArn" for p in resource):
        return True
    return tail(resource).startswith(("/stream/", "/index/"))


def _without_tail(resource: Parts) -> Parts:
    end = tail(resource)
    if end and "/" in end and len(resource) > 1:
        return resource[:-1] + ((end.split("/", 1)[0],) if end.split("/", 1)[0] else ())
    return resource


def _ends(value: Parts, given: Parts) -> bool:
    if len(value) > len(given) and value[-len(given) :] == given:
        before = value[-len(given) - 1]
        return isinstance(before, str) and before.endswith((":", "/"))
    text, name = literal(value), literal(given)
    whole = tail(value) if text is None else text
    return name is not None and whole.split("/", 1)[0].endswith(f":{name}")


def _key(grant: Grant) -> str:
    """The keys that a grant on a bucket's objects allows, as a pattern."""
    text = tail(grant.resource)
    literal_text = literal(grant.resource)
    if literal_text is not None:
        text = "/" + literal_text.split("/", 1)[1] if "/" in literal_text else ""
    _, slash, key = text.partition("/")
    if not slash or key in ("", "*"):
        return "{}"
    return key.replace("{", "").replace("}", "").replace("*", "{}").replace("?", "{}")
