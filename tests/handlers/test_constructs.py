"""Ways in which people write a handler: each of these sends to the queue that triggers it.

None may be missed: what is not followed has to be a doubt, so that permission and variable count.
"""

from pathlib import Path

import pytest

from tests.support.projects import HEAD, checked, loops, write

WEAK = {"pydantic settings", "map op"}
"""Where the call is found but not what it writes to: permission and variable say it."""

TEMPLATE = (
    HEAD
    + """\
  Q: {{Type: AWS::SQS::Queue}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: {runtime}
      Handler: app.handler
      CodeUri: src
      Policies: [AdministratorAccess]
      Environment: {{Variables: {{Q: !Ref Q}}}}
      Events: {{S: {{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn}}}}}}
"""
)

PYTHON: dict[str, dict[str, str]] = {
    "dispatch dict": {
        "src/app.py": """
            import os, boto3, json
            def a(e):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            H={'a':a}
            def handler(e,c):
                for r in e['Records']:
                    H[r['body']](r)
            """,
    },
    "dispatch get": {
        "src/app.py": """
            import os, boto3, json
            def a(e):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            H={'a':a}
            def handler(e,c):
                f=H.get(e['x'])
                if f: f(e)
            """,
    },
    "thread pool map": {
        "src/app.py": """
            import os, boto3, json
            from concurrent.futures import ThreadPoolExecutor
            def a(e):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            def handler(e,c):
                with ThreadPoolExecutor() as ex:
                    list(ex.map(a,e['Records']))
            """,
    },
    "submit": {
        "src/app.py": """
            import os, boto3, json
            from concurrent.futures import ThreadPoolExecutor
            def a(e):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            def handler(e,c):
                with ThreadPoolExecutor() as ex:
                    ex.submit(a,e)
            """,
    },
    "partial": {
        "src/app.py": """
            import os, boto3, json
            from functools import partial
            send=partial(boto3.client('sqs').send_message,QueueUrl=os.environ['Q'])
            def handler(e,c):
                send(MessageBody='x')
            """,
    },
    "partial own": {
        "src/app.py": """
            import os, boto3, json
            from functools import partial
            def a(x,e):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            b=partial(a,1)
            def handler(e,c):
                b(e)
            """,
    },
    "session": {
        "src/app.py": """
            import os, boto3, json
            sess=boto3.Session(region_name='x')
            def handler(e,c):
                sess.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            """,
    },
    "session import": {
        "src/app.py": """
            import os, boto3, json
            from boto3.session import Session
            def handler(e,c):
                Session().resource('sqs').Queue(os.environ['Q']).send_message(MessageBody='x')
            """,
    },
    "lazy global": {
        "src/app.py": """
            import os, boto3, json
            client=None
            def get():
                global client
                if client is None:
                    client=boto3.client('sqs')
                return client
            def handler(e,c):
                get().send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            """,
    },
    "lru_cache": {
        "src/app.py": """
            import os, boto3, json
            from functools import lru_cache
            @lru_cache
            def get():
                return boto3.client('sqs')
            def handler(e,c):
                get().send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            """,
    },
    "comprehension": {
        "src/app.py": """
            import os, boto3, json
            def a(e):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            def handler(e,c):
                [a(r) for r in e['Records']]
            """,
    },
    "generator": {
        "src/app.py": """
            import os, boto3, json
            def gen(e):
                for r in e['Records']:
                    yield r
            def handler(e,c):
                for r in gen(e):
                    boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            """,
    },
    "inherit": {
        "src/app.py": """
            import os, boto3, json
            class A:
                def run(self,e):
                    self.step(e)
            class Bb(A):
                def step(self,e):
                    boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            def handler(e,c):
                Bb().run(e)
            """,
    },
    "abstract": {
        "src/app.py": """
            import os, boto3, json
            from abc import ABC, abstractmethod
            class A(ABC):
                @abstractmethod
                def step(self,e): ...
                def __call__(self,e,c):
                    return self.step(e)
            class Bb(A):
                def step(self,e):
                    boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            handler=Bb()
            """,
    },
    "match": {
        "src/app.py": """
            import os, boto3, json
            def handler(e,c):
                match e['x']:
                    case 'a':
                        boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
                    case _:
                        pass
            """,
    },
    "finally": {
        "src/app.py": """
            import os, boto3, json
            def handler(e,c):
                try:
                    return 1
                finally:
                    boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            """,
    },
    "while": {
        "src/app.py": """
            import os, boto3, json
            def handler(e,c):
                n=3
                while n:
                    boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
                    n-=1
            """,
    },
    "walrus": {
        "src/app.py": """
            import os, boto3, json
            def handler(e,c):
                if (r:=boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')): pass
            """,
    },
    "own decorator": {
        "src/app.py": """
            import os, boto3, json
            def deco(f):
                def w(*a,**k):
                    return f(*a,**k)
                return w
            @deco
            def handler(e,c):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            """,
    },
    "deco with args": {
        "src/app.py": """
            import os, boto3, json
            from functools import wraps
            def deco(n):
                def outer(f):
                    @wraps(f)
                    def w(e,c):
                        return f(e,c)
                    return w
                return outer
            @deco(3)
            def handler(e,c):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            """,
    },
    "asyncio run": {
        "src/app.py": """
            import os, boto3, json
            import asyncio
            async def go(e):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            def handler(e,c):
                asyncio.run(go(e))
            """,
    },
    "asyncio loop": {
        "src/app.py": """
            import os, boto3, json
            import asyncio
            async def go(e):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            def handler(e,c):
                return asyncio.get_event_loop().run_until_complete(go(e))
            """,
    },
    "aioboto3": {
        "src/app.py": """
            import os, boto3, json
            import aioboto3, asyncio
            async def go():
                async with aioboto3.Session().client('sqs') as s:
                    await s.send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            def handler(e,c):
                asyncio.run(go())
            """,
    },
    "lambda fn": {
        "src/app.py": """
            import os, boto3, json
            send=lambda m: boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody=m)
            def handler(e,c):
                send('x')
            """,
    },
    "kwargs dict": {
        "src/app.py": """
            import os, boto3, json
            def handler(e,c):
                p={'QueueUrl':os.environ['Q']}
                p['MessageBody']='x'
                boto3.client('sqs').send_message(**p)
            """,
    },
    "dataclass settings": {
        "src/app.py": """
            import os, boto3, json
            from dataclasses import dataclass
            @dataclass
            class S:
                url: str = os.environ['Q']
            s=S()
            def handler(e,c):
                boto3.client('sqs').send_message(QueueUrl=s.url,MessageBody='x')
            """,
    },
    "pydantic settings": {
        "src/app.py": """
            import os, boto3, json
            from pydantic_settings import BaseSettings
            class S(BaseSettings):
                q: str
            s=S()
            def handler(e,c):
                boto3.client('sqs').send_message(QueueUrl=s.q,MessageBody='x')
            """,
    },
    "environ dict": {
        "src/app.py": """
            import os, boto3, json
            env=dict(os.environ)
            def handler(e,c):
                boto3.client('sqs').send_message(QueueUrl=env['Q'],MessageBody='x')
            """,
    },
    "getattr client": {
        "src/app.py": """
            import os, boto3, json
            def handler(e,c):
                getattr(boto3.client('sqs'),'send_message')(QueueUrl=os.environ['Q'],MessageBody='x')
            """,
    },
    "nested def": {
        "src/app.py": """
            import os, boto3, json
            def handler(e,c):
                def inner():
                    boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
                inner()
            """,
    },
    "staticmethod": {
        "src/app.py": """
            import os, boto3, json
            class A:
                @staticmethod
                def s(e):
                    boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
                @classmethod
                def t(cls,e):
                    cls.s(e)
            def handler(e,c):
                A.t(e)
            """,
    },
    "property": {
        "src/app.py": """
            import os, boto3, json
            class A:
                @property
                def url(self): return os.environ['Q']
            def handler(e,c):
                boto3.client('sqs').send_message(QueueUrl=A().url,MessageBody='x')
            """,
    },
    "star import": {
        "src/app.py": """
            import os, boto3, json
            from lib import *
            def handler(e,c):
                put(e)
            """,
        "src/lib.py": """
            import boto3,os
            def put(x):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            """,
    },
    "import as": {
        "src/app.py": """
            import os, boto3, json
            import lib.q as qq
            def handler(e,c):
                qq.put(e)
            """,
        "src/lib/q.py": """
            import boto3,os
            def put(x):
                boto3.client('sqs').send_message(QueueUrl=os.environ['Q'],MessageBody='x')
            """,
    },
    "submit op": {
        "src/app.py": """
            import os, boto3, json
            from concurrent.futures import ThreadPoolExecutor
            def handler(e,c):
                s=boto3.client('sqs')
                with ThreadPoolExecutor() as ex:
                    ex.submit(s.send_message,QueueUrl=os.environ['Q'],MessageBody='x')
            """,
    },
    "to_thread op": {
        "src/app.py": """
            import os, boto3, json
            import asyncio
            async def go():
                s=boto3.client('sqs')
                await asyncio.to_thread(s.send_message,QueueUrl=os.environ['Q'],MessageBody='x')
            def handler(e,c):
                asyncio.run(go())
            """,
    },
    "map op": {
        "src/app.py": """
            import os, boto3, json
            def handler(e,c):
                s=boto3.client('sqs')
                list(map(s.send_message, e['Records']))
            """,
    },
}

JAVASCRIPT: dict[str, dict[str, str]] = {
    "js getter": {
        "src/app.js": """
            const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
            class Settings {
              get url() { return process.env.Q; }
            }
            const settings = new Settings();
            exports.handler = async () => {
              await new SQSClient({}).send(
                new SendMessageCommand({ QueueUrl: settings.url, MessageBody: 'x' }),
              );
            };
            """,
    },
    "js exports obj": {
        "src/app.js": """
            const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
            const handler=async(e)=>{ await new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'})); };
            module.exports={ handler };
            """,
    },
    "js require lib": {
        "src/app.js": """
            const { put } = require('./lib');
            exports.handler=async(e)=>{ await Promise.allSettled(e.Records.map(put)); };
            """,
        "src/lib.js": """
            const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
            async function put(r) { await new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'})); }
            module.exports = { put };
            """,
    },
    "js lib index": {
        "src/app.js": """
            const lib = require('./lib');
            exports.handler=async(e)=>{ for (const r of e.Records) await lib.put(r); };
            """,
        "src/lib/index.js": """
            const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
            exports.put = async (r) => { await new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'})); };
            """,
    },
    "ts class static": {
        "src/app.ts": """
            import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
            class A { static async put(): Promise<void> { await new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'})); } }
            export const handler = async () => { await A.put(); };
            """,
    },
    "ts default export lib": {
        "src/app.ts": """
            import put from './lib';
            export const handler = async () => put();
            """,
        "src/lib.ts": """
            import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
            export default async function put() { await new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'})); }
            """,
    },
    "ts reexport": {
        "src/app.ts": """
            import { put } from './lib';
            export const handler = async () => put();
            """,
        "src/lib/index.ts": """
            export * from './q';
            """,
        "src/lib/q.ts": """
            import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
            export const put = async () => { await new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'})); };
            """,
    },
    "ts named reexport": {
        "src/app.ts": """
            import { send } from './lib';
            export const handler = async () => send();
            """,
        "src/lib/index.ts": """
            export { put as send } from './q';
            """,
        "src/lib/q.ts": """
            import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
            export const put = async () => { await new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'})); };
            """,
    },
    "js then chain": {
        "src/app.js": """
            const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
            exports.handler=(e,c,cb)=>{ Promise.resolve(1).then(()=>new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'}))).then(()=>cb(null)); };
            """,
    },
    "js switch": {
        "src/app.js": """
            const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
            exports.handler=async(e)=>{ switch(e.x){ case 'a': { await new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'})); break; } default: } };
            """,
    },
    "js dispatch": {
        "src/app.js": """
            const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
            const H={ a: async()=>{ await new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'})); } };
            exports.handler=async(e)=>{ await H[e.x](e); };
            """,
    },
    "js dynamic import": {
        "src/app.js": """
            exports.handler=async(e)=>{ const m = await import('./lib.js'); await m.put(e); };
            """,
        "src/lib.js": """
            const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
            exports.put = async (r) => { await new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'})); };
            """,
    },
    "js v2 batch": {
        "src/app.js": """
            const {SQS}=require('aws-sdk');const s=new SQS({apiVersion:'2012-11-05'});
            exports.handler=async(e)=>s.sendMessageBatch({QueueUrl:process.env.Q,Entries:[]}).promise();
            """,
    },
    "ts enum const": {
        "src/app.ts": """
            import { SQSClient, SendMessageCommand, type SendMessageCommandInput } from '@aws-sdk/client-sqs';
            const cfg = { q: process.env.Q as string } as const;
            const client = new SQSClient();
            export async function handler() { const input: SendMessageCommandInput = { QueueUrl: cfg.q, MessageBody: 'x' }; const cmd = new SendMessageCommand(input); await client.send(cmd); }
            """,
    },
    "ts factory": {
        "src/app.ts": """
            import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
            const make = (client: SQSClient) => async (e: any) => { await client.send(new SendMessageCommand({ QueueUrl: process.env['Q'], MessageBody: 'x' })); };
            export const handler = make(new SQSClient({}));
            """,
    },
    "js iife init": {
        "src/app.js": """
            const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
            let client;
            const init = () => { client ??= new SQSClient({}); return client; };
            exports.handler = async (e) => { const c = init(); await c.send(new SendMessageCommand({ QueueUrl: process.env.Q, MessageBody: 'x' })); };
            """,
    },
    "ts alias path": {
        "src/app.ts": """
            import { put } from '@/lib/q';
            export const handler = async () => put();
            """,
        "src/lib/q.ts": """
            import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
            export const put = async () => { await new SQSClient({}).send(new SendMessageCommand({QueueUrl:process.env.Q,MessageBody:'x'})); };
            """,
    },
}


@pytest.mark.parametrize("name", PYTHON)
def test_python(tmp_path: Path, name: str) -> None:
    check_one(tmp_path, name, "python3.12", PYTHON[name])


@pytest.mark.parametrize("name", JAVASCRIPT)
def test_javascript_and_typescript(tmp_path: Path, name: str) -> None:
    check_one(tmp_path, name, "nodejs20.x", JAVASCRIPT[name])


def check_one(tmp_path: Path, name: str, runtime: str, files: dict[str, str]) -> None:
    write(tmp_path, {"template.yaml": TEMPLATE.format(runtime=runtime), **files})
    evidence = "configured" if name in WEAK else "code"
    assert loops(checked(tmp_path / "template.yaml")) == {"Q → F → Q": ("cutoff", evidence)}
