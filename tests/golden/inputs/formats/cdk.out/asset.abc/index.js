const { SNSClient, PublishCommand } = require("@aws-sdk/client-sns");

const sns = new SNSClient({});

exports.handler = async (event) => {
  const text = event.Records[0].Sns.Message;
  await sns.send(new PublishCommand({ TopicArn: process.env.TOPIC, Message: text }));
};
