import json
import os

import boto3
from aws_lambda_powertools import Logger

log = Logger()
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
sqs = boto3.client("sqs")


class Sender:
    def __init__(self, url=None):
        self.url = url or os.environ["URL"]

    def send(self, body, **more):
        return sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps({**body, **more}))


@log.inject_lambda_context
def handler(event, context):
    sender = Sender()
    for record in event["Records"]:
        try:
            body = json.loads(record["body"])
            if "tries" not in body:
                body["tries"] = 0
            while body["tries"] < 3:
                body["tries"] += 1
                sender.send(body, key=f"out/{body['key']}.gz")
            table.put_item(Item={"pk": body["id"], **{k: v for k, v in body.items() if v}})
        except (KeyError, ValueError) as error:
            log.exception(error)
            raise
    return {"batchItemFailures": [r["messageId"] for r in event["Records"]]}
