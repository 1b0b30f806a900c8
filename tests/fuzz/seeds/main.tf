variable "names" { default = ["a", "b"] }
locals { all = { for n in var.names : n => upper(n) } }
resource "aws_sqs_queue" "q" {
  for_each = toset(var.names)
  name     = "q-${each.key}"
}
resource "aws_iam_role" "r" {
  inline_policy {
    policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["sqs:*"], Resource = "*" }] })
  }
}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [for q in aws_sqs_queue.q : q.arn]
  }
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.r.arn
  runtime       = "python3.12"
  handler       = "x.y"
  environment { variables = { URL = aws_sqs_queue.q["a"].url } }
}
resource "aws_lambda_event_source_mapping" "m" {
  count            = var.names == null ? 0 : 1
  event_source_arn = aws_sqs_queue.q["a"].arn
  function_name    = aws_lambda_function.f.arn
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = <<-EOF
    {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "${aws_sqs_queue.q["a"].arn}"}]}
  EOF
}
