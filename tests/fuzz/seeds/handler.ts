import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";
import type { SQSEvent } from "aws-lambda";

const client = new SQSClient({});
const { URL: target = "none" } = process.env;

abstract class Base<T extends object> {
  protected constructor(private readonly url: string | undefined) {}
  async send(body: T & { tries?: number }): Promise<void> {
    const tries = (body?.tries ?? 0) + 1;
    if (tries > 5 || !this.url) return;
    await client.send(new SendMessageCommand({ QueueUrl: this.url!, MessageBody: JSON.stringify({ ...body, tries }) }));
  }
}
class Sender extends Base<{ id: string }> {
  constructor() { super(target); }
}
export const handler = async (event: SQSEvent) => {
  const sender = new Sender();
  const results = await Promise.all(event.Records.map(async ({ body }, i) => {
    switch (i % 3) {
      case 0: return sender.send(JSON.parse(body) as { id: string });
      default: delete (event as any).Records[i].body; return;
    }
  }));
  return results.length;
};
