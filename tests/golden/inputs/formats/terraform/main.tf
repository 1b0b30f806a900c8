variable "stage" { default = "test" }

locals { name = "${var.stage}-orders" }

resource "aws_sqs_queue" "orders" { name = local.name }

resource "aws_iam_role" "worker" { name = "worker" }

resource "aws_iam_role_policy" "send" {
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.send.json
}

data "aws_iam_policy_document" "send" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.orders.arn]
  }
}

data "archive_file" "code" {
  type        = "zip"
  source_dir  = "${path.module}/code"
  output_path = "code.zip"
}

resource "aws_lambda_function" "worker" {
  function_name = "worker"
  role          = aws_iam_role.worker.arn
  runtime       = "nodejs20.x"
  handler       = "index.handler"
  filename      = data.archive_file.code.output_path
  environment { variables = { QUEUE_URL = aws_sqs_queue.orders.url } }
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn = aws_sqs_queue.orders.arn
  function_name    = aws_lambda_function.worker.arn
  batch_size       = 1
}
