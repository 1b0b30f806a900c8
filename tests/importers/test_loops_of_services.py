"""Loops through each service, as templates and handlers have them, and their harmless neighbours."""

from pathlib import Path

import pytest

from tests.support.projects import checked, codes, write

ERRORS = {"LS101", "LS102", "LS103"}

CASES: dict[str, tuple[bool, dict[str, str]]] = {
    "logs own group": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {}}
                      Events: {}
                  G: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "/aws/lambda/${F}"}}
                  S: {Type: AWS::Logs::SubscriptionFilter, Properties: {LogGroupName: !Ref G, DestinationArn: !GetAtt F.Arn, FilterPattern: ""}}
                """,
            "src/app.py": """\
                def handler(e,c):
                    print(e)
                """,
        },
    ),
    "sam logs event": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      FunctionName: !Sub "${AWS::StackName}-f"
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {}}
                      Events: {L: {Type: CloudWatchLogs, Properties: {LogGroupName: !Sub "/aws/lambda/${AWS::StackName}-f", FilterPattern: ""}}}
                """,
            "src/app.py": """\
                def handler(e,c):
                    print(e)
                """,
        },
    ),
    "ddb update own table": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  T: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: NEW_IMAGE}}}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {T: !Ref T}}
                      Events: {D: {Type: DynamoDB, Properties: {Stream: !GetAtt T.StreamArn, StartingPosition: LATEST}}}
                """,
            "src/app.py": """\
                import boto3,os
                t=boto3.resource('dynamodb').Table(os.environ['T'])
                def handler(e,c):
                    for r in e['Records']:
                        t.update_item(Key=r['dynamodb']['Keys'],UpdateExpression='x')
                """,
        },
    ),
    "eb default bus same source": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {}}
                      Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [my.app]}}}}
                """,
            "src/app.py": """\
                import boto3,json
                eb=boto3.client('events')
                def handler(e,c):
                    eb.put_events(Entries=[{'Source':'my.app','DetailType':'x','Detail':json.dumps({})}])
                """,
        },
    ),
    "eb default bus other source": (
        False,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {}}
                      Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [my.app]}}}}
                """,
            "src/app.py": """\
                import boto3,json
                eb=boto3.client('events')
                def handler(e,c):
                    eb.put_events(Entries=[{'Source':'my.other','DetailType':'x','Detail':json.dumps({})}])
                """,
        },
    ),
    "kinesis own stream arn": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  K: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {}}
                      Events: {D: {Type: Kinesis, Properties: {Stream: !GetAtt K.Arn, StartingPosition: LATEST}}}
                """,
            "src/app.py": """\
                import boto3
                k=boto3.client('kinesis')
                def handler(e,c):
                    for r in e['Records']:
                        k.put_record(StreamName=r['eventSourceARN'].split('/')[-1],Data=b'',PartitionKey='x')
                """,
        },
    ),
    "sns sqs fan": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  T: {Type: AWS::SNS::Topic}
                  Q: {Type: AWS::SQS::Queue}
                  S: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, TopicArn: !Ref T, Endpoint: !GetAtt Q.Arn}}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: nodejs20.x
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {T: !Ref T}}
                      Events: {D: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
                """,
            "src/app.js": """\
                const AWS=require('aws-sdk');const sns=new AWS.SNS();
                exports.handler=async(e)=>{ for(const r of e.Records){ await sns.publish({TopicArn:process.env.T,Message:r.body}).promise(); } };
                """,
        },
    ),
    "sfn restart": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {M: !Ref M}}
                      Events: {}
                  M:
                    Type: AWS::Serverless::StateMachine
                    Properties:
                      Definition: {StartAt: A, States: {A: {Type: Task, Resource: !GetAtt F.Arn, End: true}}}
                      Policies: []
                """,
            "src/app.py": """\
                import boto3,os
                def handler(e,c):
                    boto3.client('stepfunctions').start_execution(stateMachineArn=os.environ['M'],input='{}')
                """,
        },
    ),
    "s3 via eventbridge": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  B: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}}}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {B: !Ref B}}
                      Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.s3], detail-type: [Object Created], detail: {bucket: {name: [!Ref B]}, object: {key: [{prefix: in/}]}}}}}}
                """,
            "src/app.py": """\
                import boto3,os
                s=boto3.client('s3')
                def handler(e,c):
                    s.put_object(Bucket=e['detail']['bucket']['name'],Key='in/'+'x'+e['detail']['object']['key'],Body=b'')
                """,
        },
    ),
    "s3 via eventbridge other prefix": (
        False,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  B: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}}}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {B: !Ref B}}
                      Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.s3], detail-type: [Object Created], detail: {bucket: {name: [!Ref B]}, object: {key: [{prefix: in/}]}}}}}}
                """,
            "src/app.py": """\
                import boto3,os
                s=boto3.client('s3')
                def handler(e,c):
                    s.put_object(Bucket=os.environ['B'],Key='out/'+e['detail']['object']['key'],Body=b'')
                """,
        },
    ),
    "destination self sns": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  T: {Type: AWS::SNS::Topic}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: []
                      Environment: {Variables: {}}
                      EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SNS, Destination: !Ref T}}}
                      Events: {D: {Type: SNS, Properties: {Topic: !Ref T}}}
                """,
            "src/app.py": """\
                def handler(e,c):
                    return 1
                """,
        },
    ),
    "self invoke context": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {}}
                      Events: {A: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}}
                """,
            "src/app.py": """\
                import boto3,json
                l=boto3.client('lambda')
                def handler(e,c):
                    l.invoke(FunctionName=c.function_name,InvocationType='Event',Payload=json.dumps(e))
                """,
        },
    ),
    "self invoke env": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: nodejs20.x
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {}}
                      Events: {A: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}}
                """,
            "src/app.ts": """\
                import { LambdaClient, InvokeCommand } from '@aws-sdk/client-lambda';
                const c = new LambdaClient({});
                export const handler = async (e: unknown) => { await c.send(new InvokeCommand({ FunctionName: process.env.AWS_LAMBDA_FUNCTION_NAME, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(e)) })); };
                """,
        },
    ),
    "get_queue_url": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {}}
                      Events: {D: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
                """,
            "src/app.py": """\
                import boto3
                s=boto3.client('sqs')
                def handler(e,c):
                    u=s.get_queue_url(QueueName='orders')['QueueUrl']
                    s.send_message_batch(QueueUrl=u,Entries=[{'Id':'1','MessageBody':r['body']} for r in e['Records']])
                """,
        },
    ),
    "copy_object same bucket": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  B: {Type: AWS::S3::Bucket}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {}}
                      Events: {D: {Type: S3, Properties: {Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}}
                """,
            "src/app.py": """\
                import boto3
                from urllib.parse import unquote_plus
                s=boto3.client('s3')
                def handler(e,c):
                    r=e['Records'][0]['s3']
                    b=r['bucket']['name']; k=unquote_plus(r['object']['key'])
                    s.copy_object(Bucket=b,Key=k,CopySource={'Bucket':b,'Key':k},MetadataDirective='REPLACE')
                """,
        },
    ),
    "copy only Put events": (
        False,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  B: {Type: AWS::S3::Bucket}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {}}
                      Events: {D: {Type: S3, Properties: {Bucket: !Ref B, Events: 's3:ObjectCreated:Put'}}}
                """,
            "src/app.py": """\
                import boto3
                from urllib.parse import unquote_plus
                s=boto3.client('s3')
                def handler(e,c):
                    r=e['Records'][0]['s3']
                    b=r['bucket']['name']; k=unquote_plus(r['object']['key'])
                    s.copy_object(Bucket=b,Key=k,CopySource={'Bucket':b,'Key':k},MetadataDirective='REPLACE')
                """,
        },
    ),
    "powertools batch": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Q: {Type: AWS::SQS::Queue}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {Q: !Ref Q}}
                      Events: {D: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
                """,
            "src/app.py": """\
                import os, boto3, json
                from aws_lambda_powertools import Logger, Tracer
                from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
                from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
                processor = BatchProcessor(event_type=EventType.SQS)
                tracer = Tracer()
                sqs = boto3.client('sqs')
                @tracer.capture_method
                def record_handler(record: SQSRecord):
                    payload = json.loads(record.body)
                    sqs.send_message(QueueUrl=os.environ['Q'], MessageBody=json.dumps(payload))
                @tracer.capture_lambda_handler
                def handler(event, context):
                    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
                """,
        },
    ),
    "middy js": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Q: {Type: AWS::SQS::Queue}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: nodejs20.x
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {Q: !Ref Q}}
                      Events: {D: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
                """,
            "src/app.js": """\
                import middy from '@middy/core';
                import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
                const s = new SQSClient({});
                const lambdaHandler = async (event) => { await s.send(new SendMessageCommand({QueueUrl: process.env.Q, MessageBody: 'x'})); };
                export const handler = middy(lambdaHandler).use({});
                """,
        },
    ),
    "powertools ts class": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Q: {Type: AWS::SQS::Queue}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: nodejs20.x
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {Q: !Ref Q}}
                      Events: {D: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
                """,
            "src/app.ts": """\
                import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
                import { Logger } from '@aws-lambda-powertools/logger';
                const logger = new Logger();
                class Lambda { #s = new SQSClient({});
                  public async handler(event: any, _context: any): Promise<void> { await this.send(event); }
                  private async send(e: any) { await this.#s.send(new SendMessageCommand({QueueUrl: process.env.Q, MessageBody: 'x'})); } }
                const f = new Lambda();
                export const handler = f.handler.bind(f);
                """,
        },
    ),
    "helper module": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Q: {Type: AWS::SQS::Queue}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {Q: !Ref Q}}
                      Events: {D: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
                """,
            "src/app.py": """\
                from lib.queue import put
                def handler(e,c):
                    put(e)
                """,
            "src/lib/__init__.py": "",
            "src/lib/queue.py": """\
                import boto3
                from .settings import URL
                def put(x):
                    boto3.client('sqs').send_message(QueueUrl=URL,MessageBody='x')
                """,
            "src/lib/settings.py": """\
                import os
                URL=os.environ.get('Q','')
                """,
        },
    ),
    "batch_writer": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  T: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: NEW_IMAGE}}}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {T: !Ref T}}
                      Events: {D: {Type: DynamoDB, Properties: {Stream: !GetAtt T.StreamArn, StartingPosition: LATEST}}}
                """,
            "src/app.py": """\
                import boto3,os
                def handler(e,c):
                    t=boto3.resource('dynamodb').Table(os.getenv('T'))
                    with t.batch_writer() as b:
                        for r in e['Records']:
                            b.put_item(Item={'a':1})
                """,
        },
    ),
    "sqs client generic send v3 lib": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Q: {Type: AWS::SQS::Queue}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: nodejs20.x
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {Q: !Ref Q}}
                      Events: {D: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
                """,
            "src/app.js": """\
                const { SQS } = require('@aws-sdk/client-sqs');
                const sqs = new SQS();
                module.exports.handler = (event, context, cb) => { sqs.sendMessage({ QueueUrl: process.env.Q, MessageBody: 'x' }, (err, data) => cb(err, data)); };
                """,
        },
    ),
    "go event arn": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Q: {Type: AWS::SQS::Queue}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: provided.al2023
                      Handler: bootstrap
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {Q: !Ref Q}}
                      Events: {D: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
                """,
            "src/main.go": """\
                package main
                import ("context";"os";"github.com/aws/aws-lambda-go/events";"github.com/aws/aws-lambda-go/lambda";"github.com/aws/aws-sdk-go-v2/config";"github.com/aws/aws-sdk-go-v2/service/sqs")
                type app struct { client *sqs.Client; url string }
                func newApp() (*app, error) { cfg, err := config.LoadDefaultConfig(context.TODO()); if err != nil { return nil, err }; return &app{client: sqs.NewFromConfig(cfg), url: os.Getenv("Q")}, nil }
                func (a *app) handle(ctx context.Context, e events.SQSEvent) error { for _, r := range e.Records { b := r.Body; if _, err := a.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &a.url, MessageBody: &b}); err != nil { return err } }; return nil }
                func main() { a, err := newApp(); if err != nil { panic(err) }; lambda.Start(a.handle) }
                """,
        },
    ),
    "condition key prefix skip": (
        False,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  B: {Type: AWS::S3::Bucket}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {}}
                      Events: {D: {Type: S3, Properties: {Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}}
                """,
            "src/app.py": """\
                import boto3
                s=boto3.client('s3')
                def handler(e,c):
                    r=e['Records'][0]['s3']
                    b=r['bucket']['name']; k=r['object']['key']
                    if k.startswith('out/'):
                        return
                    s.put_object(Bucket=b,Key='out/'+k,Body=b'')
                """,
        },
    ),
    "recursion resource policy": (
        True,
        {
            "t.yaml": """\
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Q: {Type: AWS::SQS::Queue}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: app.handler
                      CodeUri: src
                      Policies: [AdministratorAccess]
                      Environment: {Variables: {Q: !Ref Q, O: !Ref O}}
                      Events: {D: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
                  O: {Type: AWS::SQS::Queue}
                """,
            "src/app.py": """\
                import boto3,os
                s=boto3.client('sqs')
                T={'a':os.environ['Q'],'b':os.environ['O']}
                def handler(e,c):
                    for r in e['Records']:
                        s.send_message(QueueUrl=T[r['attributes']['x']],MessageBody='x')
                """,
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_loop_is_an_error_and_its_neighbour_is_none(tmp_path: Path, name: str) -> None:
    loops, files = CASES[name]
    write(tmp_path, files)
    assert bool(ERRORS & set(codes(checked(tmp_path / "t.yaml")))) is loops
