"""The Serverless Framework: `serverless.yml` as a template.

The Framework compiles its file to CloudFormation; the same is done here, with the same logical ids,
so that `resources:` and the functions find each other. Variables that are not known before the
deployment stay as they are written: equal ones are equal.
"""

from __future__ import annotations

import re

from attrs import define, evolve, field

from lambdaspec.architecture.document import Document, Mapping, Node, Scalar, Sequence
from lambdaspec.architecture.document import finding as wrong
from lambdaspec.architecture.reading import describe
from lambdaspec.diagnostics import Finding, Span
from lambdaspec.errors import InputError
from lambdaspec.importers.build import attribute, joined, mapping, node, ref, resource
from lambdaspec.importers.serverless_variables import Variables


def is_serverless(document: Document) -> bool:
    """Whether a document is a `serverless.yml`."""
    root = document.root
    if not isinstance(root, Mapping) or root.get("service") is None:
        return False
    return isinstance(root.get("provider"), Mapping | Scalar)


def as_template(document: Document, options: dict[str, str] | None = None) -> Document:
    """The template that a `serverless.yml` stands for.

    Args:
        document: the file.
        options: what `${opt:name}` is, beside the defaults.

    Raises:
        InputError: functions are not what they must be; every finding is in the exception.

    """
    return _Service(document, dict(options or {})).template()


def _is_open(one: Node) -> bool:
    """Whether a value is not known here, or not there."""
    return isinstance(one, Scalar) and (one.value is None or "${" in str(one.value))


@define
class _Service(Variables):
    resources: dict[str, Node] = field(factory=dict)
    findings: list[Finding] = field(factory=list)

    def template(self) -> Document:
        """All of it."""
        for part in self.items(self.root.get("resources")):
            body = self.filled(part)
            inner = body.get("Resources") if isinstance(body, Mapping) else None
            if isinstance(inner, Mapping):
                self.resources |= {
                    name: one
                    for name, (_, one) in inner.entries.items()
                    if not isinstance(one, Mapping) or one.get("Type") is not None
                }  # without a type, they add to what the Framework generates
        self._role()
        for part in self.items(self.root.get("functions")):
            functions = self.filled(part)
            if isinstance(functions, Mapping):
                for name, (key, body) in functions.entries.items():
                    if isinstance(body, Mapping):
                        self._function(name, key.span, body)
                    elif not (isinstance(body, Scalar) and body.value is None):
                        what = f"the function `{name}` must be a mapping, not {describe(body)}"
                        self.findings.append(wrong("LS004", body.span, what))
            elif not _is_open(functions):
                what = f"`functions` must be a mapping, not {describe(functions)}"
                self.findings.append(wrong("LS004", functions.span, what))
        self._machines()
        if self.findings:
            raise InputError(self.findings)
        span = self.root.span
        made = {"Resources": mapping(span, self.resources)}
        return evolve(self.document, root=mapping(span, made))

    def _provider(self, *names: str) -> Node | None:
        here: Node | None = self.root.get("provider")
        for name in names:
            here = here.get(name) if isinstance(here, Mapping) else None
        return None if here is None else self.filled(here)

    def _role(self) -> None:
        """All functions have one role, of the statements that the provider names."""
        span = self.root.span
        statements = self._provider("iam", "role", "statements") or self._provider(
            "iamRoleStatements"
        )
        managed = self._provider("iam", "role", "managedPolicies") or self._provider(
            "iamManagedPolicies"
        )
        self.resources.setdefault("IamRoleLambdaExecution", _role(span, statements, managed))

    def _function(self, name: str, span: Span, body: Mapping) -> None:
        role: Node | None = (
            body.get("role") or self._provider("iam", "role") or self._provider("role")
        )
        if isinstance(role, Mapping) and role.get("statements") is not None:
            role = None
        if isinstance(role, Mapping) and (
            role.get("managedPolicies") or role.get("permissionsBoundary")
        ):
            role = None
        own = body.get("iamRoleStatements")
        logical = logical_id(name)
        if own is not None:
            self.resources[f"{logical}Role"] = _role(own.span, own, None)
            role = ref(span, f"{logical}Role")
        elif role is None or (
            isinstance(role, Scalar)
            and isinstance(role.value, str)
            and "::" not in role.value
            and role.value not in self.resources
        ):
            role = ref(span, "IamRoleLambdaExecution")
        elif (
            isinstance(role, Scalar)
            and isinstance(role.value, str)
            and role.value in self.resources
        ):
            role = ref(span, role.value)
        shared, mine = self._provider("environment"), body.get("environment")
        variables: dict[str, Node | None] = {}
        for one in (shared, mine):
            if isinstance(one, Mapping):
                variables |= {k: v for k, (_, v) in one.entries.items()}
        properties = {
            "FunctionName": body.get("name") or self._physical(name, span),
            "Handler": body.get("handler"),
            "Runtime": body.get("runtime")
            or self._provider("runtime")
            or Scalar(span, "nodejs20.x"),
            "Timeout": body.get("timeout") or self._provider("timeout") or Scalar(span, 6),
            "ReservedConcurrentExecutions": body.get("reservedConcurrency"),
            "RecursiveLoop": body.get("recursiveLoop"),
            "CodeUri": Scalar(span, "."),
            "Role": role,
            "Environment": mapping(span, {"Variables": mapping(span, variables)}),
            "DeadLetterConfig": _wrapped("TargetArn", body.get("onError")),
            "EventInvokeConfig": self._invoke_config(body, span),
            "Events": mapping(span, dict(self._events(body))),
        }
        self.resources[logical] = resource(span, "AWS::Serverless::Function", properties)
        alias = resource(span, "AWS::Lambda::Alias", {"FunctionName": ref(span, logical)})
        self.resources.setdefault(name, alias)  # plugins refer to functions by their own names

    def _physical(self, name: str, span: Span) -> Node:
        service = self.walked(self.root, "service", 0)
        if isinstance(service, Mapping):
            service = service.get("name")
        stage = self.walked(self.root, "provider.stage", 0)
        parts = [
            service or Scalar(span, "service"),
            Scalar(span, "-"),
            stage or Scalar(span, "dev"),
        ]
        return joined(span, [*parts, Scalar(span, f"-{name}")])

    def _invoke_config(self, body: Mapping, span: Span) -> Node | None:
        given = body.get("destinations")
        found: dict[str, Node | None] = {
            "MaximumRetryAttempts": body.get("maximumRetryAttempts"),
            "MaximumEventAgeInSeconds": body.get("maximumEventAge"),
        }
        if isinstance(given, Mapping):
            ends = {
                one: _wrapped("Destination", self._named(given.get(name)))
                for name, one in (("onSuccess", "OnSuccess"), ("onFailure", "OnFailure"))
            }
            found["DestinationConfig"] = mapping(given.span, ends)
        return mapping(span, found) if any(found.values()) else None

    def _named(self, one: Node | None) -> Node | None:
        """A destination: the name of a function, an ARN, or `{type, arn}`."""
        if isinstance(one, Mapping) and one.get("arn") is not None:
            return one.get("arn")
        if isinstance(one, Scalar) and isinstance(one.value, str) and ":" not in one.value:
            return attribute(one.span, logical_id(one.value), "Arn")
        return one

    def _events(self, body: Mapping) -> list[tuple[str, Node]]:
        found: list[tuple[str, Node]] = []
        for place, item in enumerate(self.items(body.get("events"))):
            if isinstance(item, Scalar):
                found.append((f"Event{place}", _event(item.span, "Api", {})))
                continue
            if not isinstance(item, Mapping):
                continue
            for kind, (key, value) in item.entries.items():
                made = self._event(kind, key.span, value)
                found.append((f"Event{place}{kind}", made))
        return found

    def _event(self, kind: str, span: Span, value: Node) -> Node:
        given = value if isinstance(value, Mapping) else Mapping(span)
        short = value if not isinstance(value, Mapping) or _is_call(value) else None
        match kind:
            case "sqs":
                return _event(span, "SQS", {"Queue": short or given.get("arn"), **_settings(given)})
            case "stream":
                arn = short or given.get("arn")
                start = Scalar(span, "LATEST")
                kinds = {"Stream": arn, "StartingPosition": start, **_settings(given)}
                return _event(span, "Kinesis", kinds)
            case "sns":
                return self._sns(span, short, given)
            case "s3":
                return self._s3(span, short, given)
            case "eventBridge":
                pattern = given.get("pattern")
                if pattern is None:
                    return _event(span, "Schedule", {})
                bus = given.get("eventBus")
                return _event(span, "EventBridgeRule", {"Pattern": pattern, "EventBusName": bus})
            case "cloudwatchEvent":
                return _event(span, "CloudWatchEvent", {"Pattern": given.get("event")})
            case "cloudwatchLog":
                group = short or given.get("logGroup")
                return _event(span, "CloudWatchLogs", {"LogGroupName": group})
            case _:
                return _event(span, "Api", {})

    def _sns(self, span: Span, short: Node | None, given: Mapping) -> Node:
        topic = short or given.get("arn")
        name = given.get("topicName")
        if topic is None or (
            isinstance(topic, Scalar)
            and isinstance(topic.value, str)
            and not topic.tag
            and ":" not in topic.value
        ):
            text = topic if topic is not None else name
            called = str(text.value) if isinstance(text, Scalar) else "topic"
            logical = "SNSTopic" + _id(called)
            made = resource(span, "AWS::SNS::Topic", {"TopicName": Scalar(span, called)})
            self.resources.setdefault(logical, made)
            topic = ref(span, logical)
        policy, scope = given.get("filterPolicy"), given.get("filterPolicyScope")
        return _event(
            span, "SNS", {"Topic": topic, "FilterPolicy": policy, "FilterPolicyScope": scope}
        )

    def _s3(self, span: Span, short: Node | None, given: Mapping) -> Node:
        bucket = short or given.get("bucket") or Scalar(span, "bucket")
        buckets = [
            (name, one)
            for name, one in self.resources.items()
            if isinstance(one, Mapping)
            and getattr(one.get("Type"), "value", None) == "AWS::S3::Bucket"
        ]
        if isinstance(bucket, Scalar) and not bucket.tag:
            known = [name for name, one in buckets if _same_name(one, bucket)]
            if known:
                bucket = ref(span, known[0])
            else:
                logical = "S3Bucket" + _id(str(bucket.value))
                named = {"BucketName": bucket}
                self.resources.setdefault(logical, resource(span, "AWS::S3::Bucket", named))
                bucket = ref(span, logical)
        rules: list[Node] = []
        for rule in self.items(given.get("rules")):
            if isinstance(rule, Mapping):
                rules += [
                    mapping(v.span, {"Name": Scalar(v.span, k), "Value": v})
                    for k, (_, v) in rule.entries.items()
                ]
        key = mapping(span, {"Rules": Sequence(span, rules)})
        filters = mapping(span, {"S3Key": key}) if rules else None
        events = given.get("event") or Scalar(span, "s3:ObjectCreated:*")
        return _event(span, "S3", {"Bucket": bucket, "Events": events, "Filter": filters})

    def _machines(self) -> None:
        """State machines of the plugin `serverless-step-functions`."""
        given = self.root.get("stepFunctions")
        machines = given.get("stateMachines") if isinstance(given, Mapping) else None
        found = None if machines is None else self.filled(machines)
        if not isinstance(found, Mapping):
            return
        for name, (key, body) in found.entries.items():
            if isinstance(body, Mapping):
                logical = "".join(p[:1].upper() + p[1:] for p in re.split(r"[^A-Za-z0-9]", name))
                properties = {
                    "Definition": body.get("definition"),
                    "StateMachineName": body.get("name"),
                }
                made = resource(key.span, "AWS::StepFunctions::StateMachine", properties)
                self.resources[f"{logical}StepFunctionsStateMachine"] = made


def logical_id(name: str) -> str:
    """The logical id that the Framework gives a function."""
    plain = name.replace("-", "Dash").replace("_", "Underscore")
    return plain[:1].upper() + plain[1:] + "LambdaFunction"


def _id(text: str) -> str:
    return "".join(p[:1].upper() + p[1:] for p in re.split(r"[^A-Za-z0-9]+", text))


def _is_call(value: Mapping) -> bool:
    return bool(value.tag) or (
        len(value.entries) == 1
        and next(iter(value.entries))
        in ("Ref", "Fn::GetAtt", "Fn::Join", "Fn::Sub", "Fn::ImportValue")
    )


def _wrapped(name: str, one: Node | None) -> Node | None:
    return None if one is None else mapping(one.span, {name: one})


def _event(span: Span, kind: str, properties: dict[str, Node | None]) -> Node:
    body = mapping(span, properties)
    return mapping(span, {"Type": Scalar(span, kind), "Properties": body})


_SETTINGS = {
    "batchSize": "BatchSize",
    "enabled": "Enabled",
    "maximumRetryAttempts": "MaximumRetryAttempts",
    "maximumRecordAgeInSeconds": "MaximumRecordAgeInSeconds",
    "bisectBatchOnFunctionError": "BisectBatchOnFunctionError",
    "functionResponseType": "FunctionResponseTypes",
}


def _settings(given: Mapping) -> dict[str, Node | None]:
    found: dict[str, Node | None] = {one: given.get(name) for name, one in _SETTINGS.items()}
    patterns = given.get("filterPatterns")
    if isinstance(patterns, Sequence):
        listed: list[Node] = [mapping(p.span, {"Pattern": p}) for p in patterns.items]
        found["FilterCriteria"] = mapping(
            patterns.span, {"Filters": Sequence(patterns.span, listed)}
        )
    failure = given.get("destinations")
    if isinstance(failure, Mapping) and failure.get("onFailure") is not None:
        end = failure.get("onFailure")
        arn = end.get("arn") if isinstance(end, Mapping) and end.get("arn") else end
        inner = _wrapped("OnFailure", _wrapped("Destination", arn))
        found["DestinationConfig"] = inner
    return found


def _same_name(bucket: Mapping, name: Scalar) -> bool:
    properties = bucket.get("Properties")
    given = properties.get("BucketName") if isinstance(properties, Mapping) else None
    return isinstance(given, Scalar) and given.value == name.value


def _role(span: Span, statements: Node | None, managed: Node | None) -> Node:
    listed = statements if isinstance(statements, Sequence) else Sequence(span, [])
    document = mapping(listed.span, {"Statement": listed})
    policy: Node = mapping(listed.span, {"PolicyDocument": document})
    return resource(
        span,
        "AWS::IAM::Role",
        {"Policies": Sequence(listed.span, [policy]), "ManagedPolicyArns": managed},
    )


__all__ = ["as_template", "is_serverless", "logical_id", "node"]
