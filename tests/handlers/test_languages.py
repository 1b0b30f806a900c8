"""The same four handlers in five languages: what they write, where to, and what guards it."""

from pathlib import Path

import pytest

from tests.support.projects import HEAD, checked, code_emissions, loops, write

TEMPLATE = (
    HEAD
    + """\
  Source: {{Type: AWS::SQS::Queue}}
  Target: {{Type: AWS::SQS::Queue}}
  Bucket: {{Type: AWS::S3::Bucket}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: {runtime}
      Handler: {handler}
      CodeUri: src
      Environment: {{Variables: {{TARGET: !Ref Target, SOURCE: !Ref Source, BUCKET: !Ref Bucket}}}}
      Policies: [AdministratorAccess]
      Events:
        S: {{Type: SQS, Properties: {{Queue: !GetAtt Source.Arn}}}}
        B: {{Type: S3, Properties: {{Bucket: !Ref Bucket, Events: 's3:ObjectCreated:*'}}}}
"""
)

LANGUAGES = {
    "python": ("python3.12", "app.handler", "src/app.py"),
    "javascript": ("nodejs20.x", "app.handler", "src/app.mjs"),
    "typescript": ("nodejs20.x", "app.handler", "src/app.ts"),
    "java": ("java17", "example.App::handleRequest", "src/main/java/example/App.java"),
    "go": ("provided.al2023", "bootstrap", "src/main.go"),
    "csharp": ("dotnet8", "App::App.Function::FunctionHandler", "src/Function.cs"),
}

TO_VARIABLE = {
    "python": """
        import os, boto3
        sqs = boto3.client("sqs")
        TARGET = os.environ["{name}"]
        def handler(event, context):
            for record in event["Records"]:
                sqs.send_message(QueueUrl=TARGET, MessageBody=record["body"])
        """,
    "javascript": """
        import {{ SQSClient, SendMessageCommand }} from "@aws-sdk/client-sqs";
        const client = new SQSClient({{}});
        const target = process.env.{name};
        const send = async (text) =>
          client.send(new SendMessageCommand({{ QueueUrl: target, MessageBody: text }}));
        export const handler = async (event) => {{
          for (const record of event.Records) await send(record.body);
        }};
        """,
    "typescript": """
        import {{ SQSClient, SendMessageCommand }} from "@aws-sdk/client-sqs";
        import type {{ SQSEvent, SQSRecord }} from "aws-lambda";
        class Sender {{
          private client: SQSClient = new SQSClient({{}});
          constructor(private readonly url: string) {{}}
          async send(record: SQSRecord): Promise<void> {{
            await this.client.send(
              new SendMessageCommand({{ QueueUrl: process.env.{name}!, MessageBody: record.body }}),
            );
          }}
        }}
        const sender = new Sender("unused");
        export const handler = async (event: SQSEvent): Promise<void> => {{
          await Promise.all(event.Records.map((record) => sender.send(record)));
        }};
        """,
    "java": """
        package example;
        import com.amazonaws.services.lambda.runtime.Context;
        import com.amazonaws.services.lambda.runtime.events.SQSEvent;
        import software.amazon.awssdk.services.sqs.SqsClient;
        import software.amazon.awssdk.services.sqs.model.SendMessageRequest;
        public class App {{
            private final SqsClient sqs = SqsClient.builder().build();
            public Void handleRequest(SQSEvent event, Context context) {{
                for (SQSEvent.SQSMessage message : event.getRecords()) {{
                    sqs.sendMessage(SendMessageRequest.builder()
                        .queueUrl(System.getenv("{name}")).messageBody(message.getBody()).build());
                }}
                return null;
            }}
        }}
        """,
    "go": """
        package main
        import (
            "context"
            "os"
            "github.com/aws/aws-lambda-go/events"
            "github.com/aws/aws-lambda-go/lambda"
            "github.com/aws/aws-sdk-go-v2/aws"
            "github.com/aws/aws-sdk-go-v2/service/sqs"
        )
        var client *sqs.Client
        func handle(ctx context.Context, event events.SQSEvent) error {{
            for _, record := range event.Records {{
                _, err := client.SendMessage(ctx, &sqs.SendMessageInput{{
                    QueueUrl: aws.String(os.Getenv("{name}")), MessageBody: aws.String(record.Body),
                }})
                if err != nil {{
                    return err
                }}
            }}
            return nil
        }}
        func main() {{
            lambda.Start(handle)
        }}
        """,
    "csharp": """
        using Amazon.Lambda.SQSEvents;
        using Amazon.SQS;
        using Amazon.SQS.Model;
        namespace App;
        public class Function {{
            private readonly IAmazonSQS _sqs = new AmazonSQSClient();
            public async Task FunctionHandler(SQSEvent evnt, ILambdaContext context) {{
                foreach (var message in evnt.Records) {{
                    await _sqs.SendMessageAsync(new SendMessageRequest {{
                        QueueUrl = Environment.GetEnvironmentVariable("{name}"),
                        MessageBody = message.Body
                    }});
                }}
            }}
        }}
        """,
}

FROM_EVENT = {
    "python": """
        import boto3
        s3 = boto3.resource("s3")
        def handler(event, context):
            for record in event["Records"]:
                bucket = record["s3"]["bucket"]["name"]
                key = record["s3"]["object"]["key"]
                s3.Object(bucket, f"out/{key}.gz").put(Body=b"")
        """,
    "javascript": """
        import AWS from "aws-sdk";
        const s3 = new AWS.S3();
        export const handler = async (event) => {
          const { bucket, object } = event.Records[0].s3;
          await s3.putObject({ Bucket: bucket.name, Key: `out/${object.key}.gz`, Body: "" }).promise();
        };
        """,
    "typescript": """
        import { S3Client, PutObjectCommand } from "@aws-sdk/client-s3";
        const client = new S3Client({});
        export async function handler(event: any) {
          for (const { s3 } of event.Records) {
            const input = { Bucket: s3.bucket.name, Key: "out/" + s3.object.key + ".gz", Body: "" };
            await client.send(new PutObjectCommand(input));
          }
        }
        """,
    "java": """
        package example;
        import com.amazonaws.services.lambda.runtime.events.S3Event;
        import software.amazon.awssdk.services.s3.S3Client;
        import software.amazon.awssdk.services.s3.model.PutObjectRequest;
        public class App {
            private final S3Client s3 = S3Client.create();
            public String handleRequest(S3Event event, Context context) {
                var entity = event.getRecords().get(0).getS3();
                String bucket = entity.getBucket().getName();
                String key = "out/" + entity.getObject().getKey() + ".gz";
                s3.putObject(PutObjectRequest.builder().bucket(bucket).key(key).build(), body());
                return "ok";
            }
        }
        """,
    "go": """
        package main
        import (
            "context"
            "github.com/aws/aws-lambda-go/events"
            "github.com/aws/aws-lambda-go/lambda"
            "github.com/aws/aws-sdk-go-v2/aws"
            "github.com/aws/aws-sdk-go-v2/service/s3"
        )
        var client *s3.Client
        func handle(ctx context.Context, event events.S3Event) error {
            for _, record := range event.Records {
                bucket := record.S3.Bucket.Name
                key := "out/" + record.S3.Object.Key + ".gz"
                client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: &key})
            }
            return nil
        }
        func main() { lambda.Start(handle) }
        """,
    "csharp": """
        using Amazon.S3;
        using Amazon.S3.Model;
        namespace App;
        public class Function {
            private IAmazonS3 S3Client { get; set; } = new AmazonS3Client();
            public async Task FunctionHandler(S3Event evnt, ILambdaContext context) {
                var s3Event = evnt.Records[0].S3;
                var request = new PutObjectRequest {
                    BucketName = s3Event.Bucket.Name, Key = $"out/{s3Event.Object.Key}.gz"
                };
                await S3Client.PutObjectAsync(request);
            }
        }
        """,
}

COUNTED = {
    "python": """
        import json, os, boto3
        sqs = boto3.client("sqs")
        def handler(event, context):
            for record in event["Records"]:
                body = json.loads(record["body"])
                tries = body.get("tries", 0)
                if tries >= 5:
                    continue
                body["tries"] = tries + 1
                sqs.send_message(QueueUrl=os.environ["SOURCE"], MessageBody=json.dumps(body))
        """,
    "javascript": """
        import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";
        const client = new SQSClient({});
        export const handler = async (event) => {
          for (const record of event.Records) {
            const body = JSON.parse(record.body);
            if (body.tries >= 5) {
              console.log("given up");
              continue;
            }
            body.tries = (body.tries || 0) + 1;
            const MessageBody = JSON.stringify(body);
            await client.send(new SendMessageCommand({ QueueUrl: process.env.SOURCE, MessageBody }));
          }
        };
        """,
    "typescript": """
        import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";
        const client = new SQSClient({});
        interface Job { id: string; tries?: number }
        async function again(job: Job): Promise<void> {
          const tries = (job.tries ?? 0) + 1;
          if (tries > 5) return;
          const MessageBody = JSON.stringify({ ...job, tries });
          await client.send(new SendMessageCommand({ QueueUrl: process.env.SOURCE, MessageBody }));
        }
        export const handler = async (event: any) => {
          for (const record of event.Records) await again(JSON.parse(record.body) as Job);
        };
        """,
}


def result_of(tmp_path: Path, language: str, source: str) -> dict[str, tuple[str, str]]:
    runtime, handler, path = LANGUAGES[language]
    template = TEMPLATE.format(runtime=runtime, handler=handler)
    write(tmp_path, {"template.yaml": template, path: source})
    return loops(checked(tmp_path / "template.yaml"))


@pytest.mark.parametrize("language", TO_VARIABLE)
def test_the_variable_decides_which_queue_is_written_to(tmp_path: Path, language: str) -> None:
    source = TO_VARIABLE[language].format(name="SOURCE")
    assert result_of(tmp_path, language, source) == {"Source → Fn → Source": ("cutoff", "code")}


@pytest.mark.parametrize("language", TO_VARIABLE)
def test_a_handler_read_whole_replaces_what_is_permitted(tmp_path: Path, language: str) -> None:
    source = TO_VARIABLE[language].format(name="TARGET")
    runtime, handler, path = LANGUAGES[language]
    template = TEMPLATE.format(runtime=runtime, handler=handler)
    write(tmp_path, {"template.yaml": template, path: source})
    result = checked(tmp_path / "template.yaml")
    assert [one.to for one in result.architecture.functions["Fn"].emits] == ["Target"]
    assert not result.loops
    assert not result.possible


@pytest.mark.parametrize("language", FROM_EVENT)
def test_a_target_from_the_event_is_the_trigger(tmp_path: Path, language: str) -> None:
    runtime, handler, path = LANGUAGES[language]
    template = TEMPLATE.format(runtime=runtime, handler=handler)
    write(tmp_path, {"template.yaml": template, path: FROM_EVENT[language]})
    result = checked(tmp_path / "template.yaml")
    assert list(loops(result)) == ["Bucket → Fn → Bucket"] or list(loops(result)) == [
        "Fn → Bucket → Fn"
    ]
    [emission] = code_emissions(result)
    assert (emission.key, emission.event) == ("out/{}.gz", "ObjectCreated:Put")


@pytest.mark.parametrize("language", COUNTED)
def test_a_counter_in_the_body_is_a_guard(tmp_path: Path, language: str) -> None:
    found = result_of(tmp_path, language, COUNTED[language])
    assert found == {"Source → Fn → Source": ("guarded", "code")}
