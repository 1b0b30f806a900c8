const { SQSClient, SendMessageCommand } = require("@aws-sdk/client-sqs");

const sqs = new SQSClient({});

exports.handler = async ({ Records }) => {
  for (const { body } of Records) {
    const order = JSON.parse(body);
    if (order.attempt >= 3) continue;
    const again = { ...order, attempt: (order.attempt ?? 0) + 1 };
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: process.env.QUEUE_URL,
        MessageBody: JSON.stringify(again),
      }),
    );
  }
};
