"""Terraform: folders, modules, plans, and what cannot be known before `terraform plan`."""

import json
from pathlib import Path

import pytest

from lambdaspec.architecture.elements import Notification, QueueMapping, StreamMapping, Table
from lambdaspec.errors import InputError
from lambdaspec.loading import load
from tests.support.projects import checked, loops, write

ROLE = """\
resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = "{}"
}
"""
SELF = (
    ROLE
    + """\
resource "aws_sqs_queue" "q" {
  name                       = "orders"
  visibility_timeout_seconds = 60
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 4 })
}
resource "aws_sqs_queue" "dead" {}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = <<EOF
{"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "${aws_sqs_queue.q.arn}"}]}
EOF
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.r.arn
  runtime       = "python3.12"
  handler       = "main.handler"
  filename      = "none.zip"
  environment { variables = { URL = aws_sqs_queue.q.url } }
}
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = aws_sqs_queue.q.arn
  function_name    = aws_lambda_function.f.arn
  batch_size       = 3
}
"""
)
LOOP = "aws_sqs_queue.q → aws_lambda_function.f → aws_sqs_queue.q"


def test_a_folder_is_one_architecture(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": SELF})
    result = checked(tmp_path)
    assert loops(result) == {LOOP: ("cutoff", "configured")}
    [mapping] = result.architecture.triggers
    assert mapping == QueueMapping("aws_sqs_queue.q", "aws_lambda_function.f", 3)
    queue = result.architecture.channels["aws_sqs_queue.q"]
    assert queue.redrive.max_receive_count == 4  # type: ignore[union-attr]
    [loop] = result.findings[:1]
    assert loop.span is not None
    assert loop.span.path.endswith("main.tf")
    assert "URL" in (tmp_path / "main.tf").read_text().splitlines()[loop.span.line - 1]


def test_recursion_config_is_a_resource_of_its_own(tmp_path: Path) -> None:
    allow = """\
        resource "aws_lambda_function_recursion_config" "c" {
          function_name  = aws_lambda_function.f.function_name
          recursive_loop = "Allow"
        }
        """
    write(tmp_path, {"main.tf": SELF, "allow.tf": allow})
    assert loops(checked(tmp_path)) == {LOOP: ("unbounded", "configured")}


def test_the_code_of_an_archive_is_read(tmp_path: Path) -> None:
    text = SELF.replace('"none.zip"', "data.archive_file.code.output_path")
    archive = """\
        data "archive_file" "code" {
          type        = "zip"
          source_dir  = "${path.module}/code"
          output_path = "code.zip"
        }
        """
    code = """\
        import boto3, os
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl=os.environ["URL"], MessageBody="x")
        """
    write(tmp_path, {"main.tf": text, "archive.tf": archive, "code/main.py": code})
    assert loops(checked(tmp_path)) == {LOOP: ("cutoff", "code")}


def test_modules_in_the_tree_and_their_outputs(tmp_path: Path) -> None:
    main = """\
        module "queue" {
          source = "./queue"
          name   = "orders"
        }
        module "worker" {
          source = "./worker"
          arn    = module.queue.arn
        }
        """
    queue = """\
        variable "name" {}
        resource "aws_sqs_queue" "this" { name = var.name }
        output "arn" { value = aws_sqs_queue.this.arn }
        """
    worker = """\
        variable "arn" {}
        resource "aws_lambda_function" "f" {
          function_name = "f"
          role          = "arn:aws:iam::1:role/x"
        }
        resource "aws_lambda_event_source_mapping" "m" {
          event_source_arn = var.arn
          function_name    = aws_lambda_function.f.function_name
        }
        """
    write(tmp_path, {"main.tf": main, "queue/q.tf": queue, "worker/w.tf": worker})
    made = load(str(tmp_path)).architecture
    [mapping] = made.triggers
    assert isinstance(mapping, QueueMapping)
    assert mapping.source == "module.queue.aws_sqs_queue.this"
    assert mapping.function == "module.worker.aws_lambda_function.f"


def test_for_each_locals_and_defaults(tmp_path: Path) -> None:
    text = """\
        variable "stage" { default = "test" }
        locals { names = toset(["a", "b"]) }
        resource "aws_sqs_queue" "q" {
          for_each = local.names
          name     = "${var.stage}-${each.key}"
        }
        resource "aws_sqs_queue" "n" {
          count = 2
          name  = "n${count.index}"
        }
        resource "aws_sqs_queue" "off" { count = 0 }
        """
    write(tmp_path, {"main.tf": text})
    assert list(load(str(tmp_path)).architecture.channels) == [
        'aws_sqs_queue.q["a"]',
        'aws_sqs_queue.q["b"]',
        "aws_sqs_queue.n[0]",
        "aws_sqs_queue.n[1]",
    ]


def test_variables_from_files_and_from_the_command_line(tmp_path: Path) -> None:
    text = """\
        variable "n" { default = 0 }
        resource "aws_sqs_queue" "q" { count = var.n }
        """
    write(tmp_path, {"main.tf": text, "terraform.tfvars": "n = 2\n"})
    assert len(load(str(tmp_path)).architecture.channels) == 2
    assert len(load(str(tmp_path), {"n": "3"}).architecture.channels) in (1, 3)


def test_notifications_streams_and_filters(tmp_path: Path) -> None:
    text = (
        ROLE
        + """\
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_dynamodb_table" "t" {
  name           = "t"
  stream_enabled = true
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.r.arn
}
resource "aws_s3_bucket_notification" "n" {
  bucket = aws_s3_bucket.b.id
  lambda_function {
    lambda_function_arn = aws_lambda_function.f.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "in/"
  }
}
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn       = aws_dynamodb_table.t.stream_arn
  function_name          = aws_lambda_function.f.arn
  starting_position      = "LATEST"
  maximum_retry_attempts = 2
}
"""
    )
    write(tmp_path, {"main.tf": text})
    made = load(str(tmp_path)).architecture
    kinds = {type(one): one for one in made.triggers}
    notification = kinds[Notification]
    assert isinstance(notification, Notification)
    assert (notification.prefix, notification.events) == ("in/", ("ObjectCreated:*",))
    stream = kinds[StreamMapping]
    assert isinstance(stream, StreamMapping)
    assert (stream.source, stream.max_retry_attempts) == ("aws_dynamodb_table.t", 2)
    assert isinstance(made.channels["aws_dynamodb_table.t"], Table)


def test_a_module_from_elsewhere_is_a_named_unknown(tmp_path: Path) -> None:
    text = 'module "x" {\n  source = "git::https://example.com/x.git"\n}\n'
    write(tmp_path, {"main.tf": text})
    [remark] = load(str(tmp_path)).architecture.remarks
    assert "`x` comes from elsewhere" in remark.message


def test_what_is_no_hcl_has_a_place(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": "resource {\n  = 3\n}\n", "b.tf": 'x = "\n'})
    with pytest.raises(InputError) as caught:
        load(str(tmp_path))
    found = [(f.code, Path(f.span.path).name) for f in caught.value.findings if f.span]
    assert found == [("LS001", "a.tf"), ("LS001", "b.tf")]


def test_a_text_may_end_with_spaces_behind_its_marker(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"main.tf": 'locals {\n  a = <<EOF\n{}\nEOF  \n}\nresource "aws_sqs_queue" "q" {}\n'},
    )
    assert list(load(str(tmp_path)).architecture.channels) == ["aws_sqs_queue.q"]


def test_a_plan_is_read_without_its_sources(tmp_path: Path) -> None:
    def resource(kind: str, name: str, values: dict[str, object]) -> dict[str, object]:
        address = f"{kind}.{name}"
        return {"address": address, "mode": "managed", "type": kind, "name": name, "values": values}

    def refers(*names: str) -> dict[str, list[str]]:
        return {"references": list(names)}

    plan = {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {
            "root_module": {
                "resources": [
                    resource("aws_sqs_queue", "q", {"name": "orders"}),
                    resource("aws_lambda_function", "f", {"function_name": "f"}),
                    resource("aws_lambda_event_source_mapping", "m", {"batch_size": 2}),
                ]
            }
        },
        "configuration": {
            "root_module": {
                "resources": [
                    {
                        "address": "aws_lambda_event_source_mapping.m",
                        "type": "aws_lambda_event_source_mapping",
                        "name": "m",
                        "expressions": {
                            "event_source_arn": refers("aws_sqs_queue.q.arn", "aws_sqs_queue.q"),
                            "function_name": refers(
                                "aws_lambda_function.f.arn", "aws_lambda_function.f"
                            ),
                        },
                    }
                ]
            }
        },
    }
    write(tmp_path, {"plan.json": json.dumps(plan)})
    made = load(str(tmp_path / "plan.json")).architecture
    assert made.triggers == (QueueMapping("aws_sqs_queue.q", "aws_lambda_function.f", 2),)


MODULE = """\
variable "create" { default = true }
variable "sources" { default = {} }
variable "batch_size" { default = null }
variable "dead_letter" { default = null }
locals {
  create = var.create && !var.layer && var.name != ""
  names  = zipmap(["live", "latest"], [var.name, null])
}
variable "layer" { default = false }
variable "name" { default = "f" }
resource "aws_lambda_function" "f" {
  count         = local.create ? 1 : 0
  function_name = var.name
  role          = "arn:aws:iam::123456789012:role/r"
  dynamic "dead_letter_config" {
    for_each = var.dead_letter == null ? [] : [var.dead_letter]
    content { target_arn = dead_letter_config.value }
  }
}
resource "aws_lambda_event_source_mapping" "m" {
  for_each                           = { for k, v in var.sources : k => v if local.create && !try(v.off, false) }
  event_source_arn                   = try(each.value.arn, null)
  function_name                      = aws_lambda_function.f[0].arn
  batch_size                         = try(each.value.batch_size, var.batch_size)
  maximum_retry_attempts             = try(each.value.retries, null)
  dynamic "filter_criteria" {
    for_each = try(each.value.patterns, null) != null ? [true] : []
    content {
      dynamic "filter" {
        for_each = each.value.patterns
        content { pattern = filter.value }
      }
    }
  }
}
resource "aws_lambda_alias" "a" {
  for_each         = { for k, v in local.names : k => v if v != null }
  name             = each.key
  function_name    = aws_lambda_function.f[0].function_name
  function_version = "$LATEST"
}
"""
CALL = """\
resource "aws_sqs_queue" "q" {}
resource "aws_sqs_queue" "other" {}
module "m" {
  source  = "./m"
  sources = {
    q     = { arn = aws_sqs_queue.q.arn, batch_size = 7, patterns = ["{\\"body\\": {\\"n\\": [{\\"numeric\\": [\\"<\\", 3]}]}}"] }
    other = { arn = aws_sqs_queue.other.arn, off = true }
  }
}
"""


def test_loops_comparisons_and_dynamic_blocks_are_followed(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": CALL, "m/main.tf": MODULE})
    architecture = load(str(tmp_path)).architecture
    assert list(architecture.functions) == ["module.m.aws_lambda_function.f"]
    [mapping] = architecture.triggers
    assert isinstance(mapping, QueueMapping)
    assert (mapping.source, mapping.batch_size) == ("aws_sqs_queue.q", 7)
    assert mapping.filter is not None
    assert [leaf.path for leaf in mapping.filter.leaves] == [("n",)]
    assert [one.message for one in architecture.remarks if one.code == "LS109"] == []


def test_what_is_not_made_is_not_there(tmp_path: Path) -> None:
    call = CALL.replace('"./m"', '"./m"\n  create = false')
    write(tmp_path, {"main.tf": call, "m/main.tf": MODULE})
    architecture = load(str(tmp_path)).architecture
    assert (architecture.functions, architecture.triggers) == ({}, ())


@pytest.mark.parametrize(
    ("expression", "size"),
    [
        ("-1 == 2 ? 1 : 4", 4),
        ('"a" == "a" ? 4 : 1', 4),
        ("null == null ? 4 : 1", 4),
        ("!(true && false) || var.nothing ? 4 : 1", 4),
        ("try(local.known.size, 1)", 4),
        ("try(local.known.other, 4)", 4),
        ("length([for x in [1, 2, 3, 4, 5] : x if x != 2])", 4),
        ("[for i, x in [9, 4] : x if i == 1][0]", 4),
        ('{ for k, v in local.known : v => k }["4"] == "size" ? 4 : 1', 4),
        ("merge(local.known, { more = 1 }).size", 4),
        ("try(merge(var.nothing, { more = 1 }).size, 1)", None),
        ("var.nothing && true ? 4 : 1", None),
        ("{ for k, v in var.nothing : k => v }.size", None),
        ('{ for k, v in local.known : "x" => v... }.x', None),
    ],
)
def test_expressions(tmp_path: Path, expression: str, size: int | None) -> None:
    text = SELF.replace("batch_size       = 3", f"batch_size = {expression}")
    write(
        tmp_path,
        {"main.tf": text + 'variable "nothing" {}\nlocals { known = { size = 4 } }\n'},
    )
    architecture = load(str(tmp_path)).architecture
    [mapping] = architecture.triggers
    assert isinstance(mapping, QueueMapping)
    if size is not None:
        assert mapping.batch_size == size
    said = [one.message for one in architecture.remarks if "BatchSize" in one.message]
    assert bool(said) == (size is None)


def test_a_policy_from_a_template_with_conditions(tmp_path: Path) -> None:
    policy = """\
{"Statement": [
  {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": "${queue}"
%{ if key != "" ~}
  },
  {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "${queue}"
%{ endif ~}
  }
]}
"""
    start = SELF.index("  policy = <<EOF")
    end = SELF.index("EOF\n", start + 16) + 4
    call = (
        '  policy = templatefile("${path.module}/p.json", { queue = var.queue, key = var.key })\n'
    )
    module = SELF[:start] + call + SELF[end:]
    for name in ("q.arn", "q.url"):
        module = module.replace(f"aws_sqs_queue.{name}", f"var.queue_{name[2:]}")
    module = module.replace("var.queue,", "var.queue_arn,")
    queue = module[
        module.index('resource "aws_sqs_queue" "q"') : module.index(
            'resource "aws_sqs_queue" "dead"'
        )
    ]
    module = (
        module.replace(queue, "")
        + 'variable "queue_arn" {}\nvariable "queue_url" {}\nvariable "key" { default = null }\n'
    )
    root = (
        'resource "aws_sqs_queue" "q" {}\nmodule "m" {\n  source = "../modules/m"\n'
        "  queue_arn = aws_sqs_queue.q.arn\n  queue_url = aws_sqs_queue.q.url\n}\n"
    )
    files = {"live/main.tf": root, "modules/m/main.tf": module, "modules/m/p.json": policy}
    write(tmp_path, files)
    loop = "aws_sqs_queue.q → module.m.aws_lambda_function.f → aws_sqs_queue.q"
    assert loops(checked(tmp_path / "live")) == {loop: ("cutoff", "configured")}


def test_what_may_be_left_out_is_kept(tmp_path: Path) -> None:
    text = SELF.replace(
        "variables = { URL = aws_sqs_queue.q.url }",
        "variables = { for k, v in { URL = aws_sqs_queue.q.url } : k => v if var.nothing != v }",
    )
    write(tmp_path, {"main.tf": text + 'variable "nothing" {}\n'})
    assert loops(checked(tmp_path)) == {LOOP: ("cutoff", "configured")}
