"""AWS's resources of Terraform as those of CloudFormation: the same things by other names."""

from __future__ import annotations

from collections.abc import Callable

from lambdaspec.architecture.document import Mapping, Node, Scalar, Sequence
from lambdaspec.diagnostics import Span
from lambdaspec.importers.build import attribute, mapping, ref, resource
from lambdaspec.importers.terraform import hcl
from lambdaspec.importers.terraform.module import Instance

Resources = dict[str, Node]

_PLAIN: dict[str, tuple[str, dict[str, str]]] = {
    # type: (type of CloudFormation, property: attribute)
    "aws_sqs_queue": (
        "AWS::SQS::Queue",
        {
            "QueueName": "name",
            "FifoQueue": "fifo_queue",
            "VisibilityTimeout": "visibility_timeout_seconds",
            "MessageRetentionPeriod": "message_retention_seconds",
            "RedrivePolicy": "redrive_policy",
        },
    ),
    "aws_sns_topic": ("AWS::SNS::Topic", {"TopicName": "name", "FifoTopic": "fifo_topic"}),
    "aws_sns_topic_subscription": (
        "AWS::SNS::Subscription",
        {
            "TopicArn": "topic_arn",
            "Protocol": "protocol",
            "Endpoint": "endpoint",
            "FilterPolicy": "filter_policy",
            "FilterPolicyScope": "filter_policy_scope",
            "RedrivePolicy": "redrive_policy",
        },
    ),
    "aws_s3_bucket": ("AWS::S3::Bucket", {"BucketName": "bucket"}),
    "aws_dynamodb_table": ("AWS::DynamoDB::Table", {"TableName": "name"}),
    "aws_kinesis_stream": (
        "AWS::Kinesis::Stream",
        {"Name": "name", "RetentionPeriodHours": "retention_period"},
    ),
    "aws_cloudwatch_event_bus": ("AWS::Events::EventBus", {"Name": "name"}),
    "aws_lambda_alias": ("AWS::Lambda::Alias", {"FunctionName": "function_name"}),
    "aws_iam_policy": ("AWS::IAM::ManagedPolicy", {"PolicyDocument": "policy"}),
    "aws_sfn_state_machine": (
        "AWS::StepFunctions::StateMachine",
        {"DefinitionString": "definition", "StateMachineType": "type", "StateMachineName": "name"},
    ),
    "aws_cloudwatch_log_group": ("AWS::Logs::LogGroup", {"LogGroupName": "name"}),
    "aws_cloudwatch_log_subscription_filter": (
        "AWS::Logs::SubscriptionFilter",
        {
            "LogGroupName": "log_group_name",
            "DestinationArn": "destination_arn",
            "FilterPattern": "filter_pattern",
        },
    ),
    "aws_lambda_permission": (
        "AWS::Lambda::Permission",
        {"FunctionName": "function_name", "Principal": "principal", "SourceArn": "source_arn"},
    ),
    "aws_pipes_pipe": (
        "AWS::Pipes::Pipe",
        {"Source": "source", "Target": "target", "Enrichment": "enrichment"},
    ),
}


def translate(instance: Instance, made: Resources) -> None:
    """Add what an instance is in CloudFormation; other types are nothing that matters."""
    span = instance.block.span
    if instance.kind in _PLAIN:
        kind, names = _PLAIN[instance.kind]
        found = {name: instance.get(one) for name, one in names.items()}
        made[instance.address] = resource(span, kind, found)
    elif instance.kind in _MADE:
        _MADE[instance.kind](instance, made, span)


def _function(instance: Instance, made: Resources, span: Span) -> None:
    environment = instance.block_of("environment")
    letter = instance.block_of("dead_letter_config")
    logging = instance.block_of("logging_config")
    inner = {} if environment is None else {"Variables": instance.inner(environment, "variables")}
    target = {} if letter is None else {"TargetArn": instance.inner(letter, "target_arn")}
    group = {} if logging is None else {"LogGroup": instance.inner(logging, "log_group")}
    made[instance.address] = resource(
        span,
        "AWS::Lambda::Function",
        {
            "FunctionName": instance.get("function_name"),
            "Handler": instance.get("handler"),
            "Runtime": instance.get("runtime"),
            "Timeout": instance.get("timeout"),
            "ReservedConcurrentExecutions": _not(
                instance.get("reserved_concurrent_executions"), -1
            ),
            "Role": instance.get("role"),
            "Code": instance.get("filename"),
            "Environment": mapping(span, inner),
            "DeadLetterConfig": mapping(span, target) if target else None,
            "LoggingConfig": mapping(span, group),
        },
    )


def _not(one: Node | None, value: int) -> Node | None:
    return None if isinstance(one, Scalar) and one.value == value else one


def _mapping(instance: Instance, made: Resources, span: Span) -> None:
    names = {
        "EventSourceArn": "event_source_arn",
        "FunctionName": "function_name",
        "BatchSize": "batch_size",
        "Enabled": "enabled",
        "StartingPosition": "starting_position",
        "MaximumRetryAttempts": "maximum_retry_attempts",
        "MaximumRecordAgeInSeconds": "maximum_record_age_in_seconds",
        "BisectBatchOnFunctionError": "bisect_batch_on_function_error",
        "FunctionResponseTypes": "function_response_types",
    }
    found = {name: instance.get(one) for name, one in names.items()}
    found["MaximumRetryAttempts"] = _not(found["MaximumRetryAttempts"], -1)
    found["MaximumRecordAgeInSeconds"] = _not(found["MaximumRecordAgeInSeconds"], -1)
    criteria = instance.block_of("filter_criteria")
    if criteria is not None:
        filters: list[Node] = [
            mapping(one.span, {"Pattern": instance.inner(one, "pattern")})
            for one in instance.all("filter", criteria)
        ]
        found["FilterCriteria"] = mapping(span, {"Filters": Sequence(span, filters)})
    found["DestinationConfig"] = _destinations(instance, span)
    made[instance.address] = resource(span, "AWS::Lambda::EventSourceMapping", found)


def _destinations(instance: Instance, span: Span) -> Node | None:
    config = instance.block_of("destination_config")
    if config is None:
        return None
    ends: dict[str, Node | None] = {}
    for name, end in (("on_failure", "OnFailure"), ("on_success", "OnSuccess")):
        for one in instance.all(name, config):
            target = instance.inner(one, "destination") or instance.inner(one, "destination_arn")
            ends[end] = mapping(span, {"Destination": target})
    return mapping(span, ends)


def _invoke_config(instance: Instance, made: Resources, span: Span) -> None:
    names = {
        "FunctionName": "function_name",
        "MaximumRetryAttempts": "maximum_retry_attempts",
        "MaximumEventAgeInSeconds": "maximum_event_age_in_seconds",
    }
    found = {name: instance.get(one) for name, one in names.items()}
    found["DestinationConfig"] = _destinations(instance, span)
    made[instance.address] = resource(span, "AWS::Lambda::EventInvokeConfig", found)


_NOTIFIED = {
    "lambda_function": ("LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda_function_arn"),
    "queue": ("QueueConfigurations", "QueueArn", "queue_arn"),
    "topic": ("TopicConfigurations", "TopicArn", "topic_arn"),
}


def _notification(instance: Instance, made: Resources, span: Span) -> None:
    config: dict[str, Node | None] = {}
    for kind, (listed, key, name) in _NOTIFIED.items():
        items: list[Node] = []
        for one in instance.all(kind):
            rules: list[Node] = [
                mapping(
                    span, {"Name": Scalar(span, end), "Value": instance.inner(one, f"filter_{end}")}
                )
                for end in ("prefix", "suffix")
                if instance.inner(one, f"filter_{end}") is not None
            ]
            filters = mapping(span, {"Key": mapping(span, {"FilterRules": Sequence(span, rules)})})
            events = instance.inner(one, "events")
            target = instance.inner(one, name)
            items.append(mapping(one.span, {key: target, "Events": events, "Filter": filters}))
        if items:
            config[listed] = Sequence(span, items)
    through = instance.get("eventbridge")
    if isinstance(through, Scalar) and through.value is True:
        config["EventBridgeConfiguration"] = mapping(span, {})
    body = {
        "BucketName": instance.get("bucket"),
        "NotificationConfiguration": mapping(span, config),
    }
    made[instance.address] = resource(span, "Custom::S3BucketNotifications", body)


def _rule(instance: Instance, made: Resources, span: Span) -> None:
    off = instance.get("is_enabled")
    state = instance.get("state")
    if isinstance(off, Scalar) and off.value is False:
        state = Scalar(span, "DISABLED")
    found = {
        "EventPattern": instance.get("event_pattern"),
        "ScheduleExpression": instance.get("schedule_expression"),
        "EventBusName": instance.get("event_bus_name"),
        "State": state,
        "Targets": Sequence(span, []),
    }
    made[instance.address] = resource(span, "AWS::Events::Rule", found)


def _target(instance: Instance, made: Resources, span: Span) -> None:
    """A target stands by itself and names its rule, which is in here or elsewhere."""
    letter = instance.block_of("dead_letter_config")
    config = None if letter is None else mapping(span, {"Arn": instance.inner(letter, "arn")})
    one = mapping(span, {"Arn": instance.get("arn"), "DeadLetterConfig": config})
    rule = _named(instance.get("rule"), made)
    targets = _listed(rule, "Targets")
    if targets is not None:
        targets.items.append(one)
    else:
        targets = Sequence(span, [one])
        made[instance.address] = resource(span, "AWS::Events::Rule", {"Targets": targets})


def _named(one: Node | None, made: Resources) -> Mapping | None:
    """The resource that a reference names."""
    if not isinstance(one, Mapping):
        return None
    found = one.get("Ref") or one.get("Fn::GetAtt")
    if isinstance(found, Sequence):
        found = found.items[0]
    known = made.get(str(found.value)) if isinstance(found, Scalar) else None
    return known if isinstance(known, Mapping) else None


def _listed(of: Mapping | None, name: str) -> Sequence | None:
    properties = of.get("Properties") if of is not None else None
    found = properties.get(name) if isinstance(properties, Mapping) else None
    return found if isinstance(found, Sequence) else None


def _role(instance: Instance, made: Resources, span: Span) -> None:
    policies: list[Node] = [
        mapping(one.span, {"PolicyDocument": instance.inner(one, "policy")})
        for one in instance.all("inline_policy")
    ]
    managed = instance.get("managed_policy_arns")
    arns = list(managed.items) if isinstance(managed, Sequence) else []
    body: dict[str, Node | None] = {
        "Policies": Sequence(span, policies),
        "ManagedPolicyArns": Sequence(span, arns),
        "RoleName": instance.get("name"),
    }
    made[instance.address] = resource(span, "AWS::IAM::Role", body)


def _role_policy(instance: Instance, made: Resources, span: Span) -> None:
    role = instance.get("role")
    roles = Sequence(span, [] if role is None else [role])
    body = {"Roles": roles, "PolicyDocument": instance.get("policy")}
    made[instance.address] = resource(span, "AWS::IAM::Policy", body)


def _attachment(instance: Instance, made: Resources, _span: Span) -> None:
    policy = instance.get("policy_arn")
    roles = instance.get("roles")
    named = roles.items if isinstance(roles, Sequence) else [instance.get("role")]
    for one in named:
        arns = _listed(_named(one, made), "ManagedPolicyArns")
        if arns is not None and policy is not None:
            arns.items.append(policy)


def _recursion(instance: Instance, made: Resources, span: Span) -> None:
    function = _named(instance.get("function_name"), made)
    properties = function.get("Properties") if function is not None else None
    value = instance.get("recursive_loop")
    if isinstance(properties, Mapping) and value is not None:
        properties.entries["RecursiveLoop"] = (Scalar(span, "RecursiveLoop"), value)


def _redrive(instance: Instance, made: Resources, span: Span) -> None:
    queue = _named(instance.get("queue_url"), made)
    properties = queue.get("Properties") if queue is not None else None
    policy = instance.get("redrive_policy")
    if isinstance(properties, Mapping) and policy is not None:
        properties.entries["RedrivePolicy"] = (Scalar(span, "RedrivePolicy"), policy)


def _schedule(instance: Instance, made: Resources, span: Span) -> None:
    target = instance.block_of("target")
    arn = None if target is None else instance.inner(target, "arn")
    body: dict[str, Node | None] = {"Target": mapping(span, {"Arn": arn})}
    made[instance.address] = resource(span, "AWS::Scheduler::Schedule", body)


_MADE: dict[str, Callable[[Instance, Resources, Span], None]] = {
    "aws_lambda_function": _function,
    "aws_lambda_event_source_mapping": _mapping,
    "aws_lambda_function_event_invoke_config": _invoke_config,
    "aws_s3_bucket_notification": _notification,
    "aws_cloudwatch_event_rule": _rule,
    "aws_cloudwatch_event_target": _target,
    "aws_iam_role": _role,
    "aws_iam_role_policy": _role_policy,
    "aws_iam_role_policy_attachment": _attachment,
    "aws_iam_policy_attachment": _attachment,
    "aws_lambda_function_recursion_config": _recursion,
    "aws_sqs_queue_redrive_policy": _redrive,
    "aws_scheduler_schedule": _schedule,
}

LATER = (
    "aws_cloudwatch_event_target",
    "aws_iam_role_policy_attachment",
    "aws_iam_policy_attachment",
    "aws_lambda_function_recursion_config",
    "aws_sqs_queue_redrive_policy",
)
"""Types that change what another resource made."""


def registry(
    name: str, block: hcl.Block, value: Callable[[hcl.Expr], Node], made: Resources
) -> bool:
    """A module of the registry that is known: `terraform-aws-modules/lambda/aws` and the like."""
    source = block.attributes.get("source")
    text = str(source.value) if isinstance(source, hcl.Value) else ""
    span = block.span

    def get(attr: str) -> Node | None:
        return value(block.attributes[attr]) if attr in block.attributes else None

    match text.removeprefix("registry.terraform.io/"):
        case "terraform-aws-modules/sqs/aws":
            body = {"QueueName": get("name"), "RedrivePolicy": get("redrive_policy")}
            made[name] = resource(span, "AWS::SQS::Queue", body)
        case "terraform-aws-modules/sns/aws":
            made[name] = resource(span, "AWS::SNS::Topic", {"TopicName": get("name")})
        case "terraform-aws-modules/s3-bucket/aws":
            made[name] = resource(span, "AWS::S3::Bucket", {"BucketName": get("bucket")})
        case "terraform-aws-modules/dynamodb-table/aws":
            made[name] = resource(span, "AWS::DynamoDB::Table", {"TableName": get("name")})
        case "terraform-aws-modules/step-functions/aws":
            body = {"DefinitionString": get("definition")}
            made[name] = resource(span, "AWS::StepFunctions::StateMachine", body)
        case "terraform-aws-modules/lambda/aws":
            _lambda_module(name, span, get, made)
        case _:
            return False
    return True


def _lambda_module(
    name: str, span: Span, get: Callable[[str], Node | None], made: Resources
) -> None:
    statements: list[Node] = []
    listed = get("policy_statements")
    inner = listed.entries.values() if isinstance(listed, Mapping) else ()
    for _, one in inner:
        if isinstance(one, Mapping):
            body = {
                "Effect": one.get("effect"),
                "Action": one.get("actions"),
                "Resource": one.get("resources"),
            }
            statements.append(mapping(one.span, body))
    document: Node = mapping(span, {"Statement": Sequence(span, statements)})
    policies: list[Node] = [mapping(span, {"PolicyDocument": document})]
    if get("policy_json") is not None:
        policies.append(mapping(span, {"PolicyDocument": get("policy_json")}))
    arns = get("policies")
    one_arn = get("policy")
    managed = [*(arns.items if isinstance(arns, Sequence) else []), *([one_arn] if one_arn else [])]
    role: dict[str, Node | None] = {
        "Policies": Sequence(span, policies),
        "ManagedPolicyArns": Sequence(span, managed),
    }
    made[f"{name}.role"] = resource(span, "AWS::IAM::Role", role)
    path = get("source_path")
    if isinstance(path, Sequence) and path.items:
        path = path.items[0]
    if isinstance(path, Mapping):
        path = path.get("path")
    made[name] = resource(
        span,
        "AWS::Lambda::Function",
        {
            "FunctionName": get("function_name"),
            "Handler": get("handler"),
            "Runtime": get("runtime"),
            "Timeout": get("timeout"),
            "Role": attribute(span, f"{name}.role", "Arn"),
            "Code": path,
            "Environment": mapping(span, {"Variables": get("environment_variables")}),
        },
    )
    mappings = get("event_source_mapping")
    for key, (_, one) in mappings.entries.items() if isinstance(mappings, Mapping) else ():
        if isinstance(one, Mapping):
            body = {
                "EventSourceArn": one.get("event_source_arn"),
                "FunctionName": ref(span, name),
                "BatchSize": one.get("batch_size"),
            }
            made[f"{name}.{key}"] = resource(one.span, "AWS::Lambda::EventSourceMapping", body)
