"""The same as `test_constructs` for Java, Go and C#: each handler sends to the queue that triggers it."""

from pathlib import Path

import pytest

from tests.handlers.test_constructs import TEMPLATE
from tests.support.projects import checked, loops, write

WEAK = {"java lambda consumer", "java optional getenv", "cs ctor inject", "cs primary ctor"}
"""Where the call is found but not what it writes to: permission and variable say it."""

SETTINGS = {
    "java": ("java17", "example.App::handleRequest"),
    "go": ("provided.al2023", "bootstrap"),
    "cs": ("dotnet8", "App::App.Function::FunctionHandler"),
}

HANDLERS: dict[str, dict[str, str]] = {
    "java lambda consumer": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;

            public class App implements RequestHandler<SQSEvent, Void> {
                private final SqsClient sqs = SqsClient.create();
                public Void handleRequest(SQSEvent e, Context c) {
                    sqs.sendMessage(b -> b.queueUrl(System.getenv("Q")).messageBody("x"));
                    return null;
                }
            }
            """,
    },
    "java stream forEach": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;

            public class App {
                private final SqsClient sqs = SqsClient.create();
                public Void handleRequest(SQSEvent e, Context c) {
                    e.getRecords().stream().map(m -> m.getBody()).forEach(this::send);
                    return null;
                }
                private void send(String s) {
                    sqs.sendMessage(SendMessageRequest.builder().queueUrl(System.getenv("Q")).messageBody(s).build());
                }
            }
            """,
    },
    "java static final": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;

            public class App {
                private static final String URL = System.getenv("Q");
                private static final SqsClient SQS = SqsClient.builder().region(Region.EU_WEST_1).build();
                public Void handleRequest(SQSEvent e, Context c) {
                    SendMessageRequest r = SendMessageRequest.builder().queueUrl(URL).messageBody("x").build();
                    SQS.sendMessage(r);
                    return null;
                }
            }
            """,
    },
    "java constructor": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;

            public class App {
                private final SqsClient sqs;
                private final String url;
                public App() {
                    this(SqsClient.create(), System.getenv("Q"));
                }
                App(SqsClient s, String u) {
                    this.sqs = s;
                    this.url = u;
                }
                public Void handleRequest(SQSEvent e, Context c) {
                    sqs.sendMessage(SendMessageRequest.builder().queueUrl(url).messageBody("x").build());
                    return null;
                }
            }
            """,
    },
    "java service class": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;

            public class App {
                private final Sender sender = new Sender();
                public Void handleRequest(SQSEvent e, Context c) {
                    for (SQSEvent.SQSMessage m : e.getRecords()) {
                        sender.send(m.getBody());
                    }
                    return null;
                }
            }
            """,
        "src/src/main/java/example/Sender.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;

            class Sender {
                private SqsClient client = SqsClient.create();
                void send(String s) {
                    client.sendMessage(SendMessageRequest.builder().queueUrl(System.getenv("Q")).messageBody(s).build());
                }
            }
            """,
    },
    "java interface impl": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;

            public class App {
                private final Sender sender = new SqsSender();
                public Void handleRequest(SQSEvent e, Context c) {
                    sender.send("x");
                    return null;
                }
            }
            interface Sender {
                void send(String s);
            }
            class SqsSender implements Sender {
                private SqsClient client = SqsClient.create();
                public void send(String s) {
                    client.sendMessage(SendMessageRequest.builder().queueUrl(System.getenv("Q")).messageBody(s).build());
                }
            }
            """,
    },
    "java sdk v1": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.sqs.*;
            import com.amazonaws.services.sqs.model.SendMessageRequest;

            public class App {
                private final AmazonSQS sqs = AmazonSQSClientBuilder.defaultClient();
                public Object handleRequest(Object e, Context c) {
                    sqs.sendMessage(new SendMessageRequest().withQueueUrl(System.getenv("Q")).withMessageBody("x"));
                    sqs.sendMessage(new SendMessageRequest(System.getenv("Q"), "y"));
                    return null;
                }
            }
            """,
    },
    "java async client": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsAsyncClient;
            import software.amazon.awssdk.services.sqs.model.*;

            public class App {
                private final SqsAsyncClient sqs = SqsAsyncClient.create();
                public Void handleRequest(SQSEvent e, Context c) {
                    sqs.sendMessage(SendMessageRequest.builder().queueUrl(System.getenv("Q")).messageBody("x").build()).join();
                    return null;
                }
            }
            """,
    },
    "java try resources": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;

            public class App {
                public Void handleRequest(SQSEvent e, Context c) {
                    try (SqsClient sqs = SqsClient.create()) {
                        sqs.sendMessage(SendMessageRequest.builder().queueUrl(System.getenv("Q")).messageBody("x").build());
                    } catch (SqsException ex) {
                        throw new RuntimeException(ex);
                    }
                    return null;
                }
            }
            """,
    },
    "java optional getenv": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;
            import java.util.*;

            public class App {
                public Void handleRequest(SQSEvent e, Context c) {
                    String url = Optional.ofNullable(System.getenv("Q")).orElse("none");
                    SqsClient.create().sendMessage(SendMessageRequest.builder().queueUrl(url).messageBody("x").build());
                    return null;
                }
            }
            """,
    },
    "java powertools batch": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;

            public class App {
                private final BatchMessageHandler<SQSEvent, SQSBatchResponse> handler;
                public App() {
                    handler = new BatchMessageHandlerBuilder().withSqsBatchHandler().buildWithMessageHandler(this::process, String.class);
                }
                public SQSBatchResponse handleRequest(SQSEvent e, Context c) {
                    return handler.processBatch(e, c);
                }
                private void process(String s) {
                    SqsClient.create().sendMessage(SendMessageRequest.builder().queueUrl(System.getenv("Q")).messageBody(s).build());
                }
            }
            """,
    },
    "java switch": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;

            public class App {
                SqsClient s = SqsClient.create();
                public Void handleRequest(SQSEvent e, Context c) {
                    switch (e.getRecords().get(0).getBody()) {
                        case "a": s.sendMessage(SendMessageRequest.builder().queueUrl(System.getenv("Q")).messageBody("x").build());
                        break;
                        default:
                    }
                    return null;
                }
            }
            """,
    },
    "java inherit": {
        "src/src/main/java/example/App.java": """
            package example;
            import com.amazonaws.services.lambda.runtime.*;
            import com.amazonaws.services.lambda.runtime.events.SQSEvent;
            import software.amazon.awssdk.services.sqs.SqsClient;
            import software.amazon.awssdk.services.sqs.model.*;

            public class App extends Base {
                @Override protected void run(String s) {
                    sqs.sendMessage(SendMessageRequest.builder().queueUrl(System.getenv("Q")).messageBody(s).build());
                }
            }
            abstract class Base {
                protected SqsClient sqs = SqsClient.create();
                public Void handleRequest(SQSEvent e, Context c) {
                    run("x");
                    return null;
                }
                protected abstract void run(String s);
            }
            """,
    },
    "go interface": {
        "src/main.go": """
            package main
            import (
            "context"
            "os"
            "github.com/aws/aws-lambda-go/events"
            "github.com/aws/aws-lambda-go/lambda"
            "github.com/aws/aws-sdk-go-v2/aws"
            "github.com/aws/aws-sdk-go-v2/config"
            "github.com/aws/aws-sdk-go-v2/service/sqs"
            )
            type api interface {
                SendMessage(ctx context.Context, in *sqs.SendMessageInput, o ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
            }
            type h struct {
                c api
            }
            func (x h) run(ctx context.Context, e events.SQSEvent) error {
                _, err := x.c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(os.Getenv("Q"))});
                return err
            }
            func main() {
                cfg, _ := config.LoadDefaultConfig(context.TODO());
                x := h{
                    c: sqs.NewFromConfig(cfg)
                };
                lambda.Start(x.run)
            }
            """,
    },
    "go global init": {
        "src/main.go": """
            package main
            import (
            "context"
            "os"
            "github.com/aws/aws-lambda-go/events"
            "github.com/aws/aws-lambda-go/lambda"
            "github.com/aws/aws-sdk-go-v2/aws"
            "github.com/aws/aws-sdk-go-v2/config"
            "github.com/aws/aws-sdk-go-v2/service/sqs"
            )
            var client *sqs.Client
            var url string
            func init() {
                cfg, _ := config.LoadDefaultConfig(context.TODO());
                client = sqs.NewFromConfig(cfg);
                url = os.Getenv("Q")
            }
            func h(ctx context.Context, e events.SQSEvent) error {
                for i := range e.Records {
                    if _, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(url), MessageBody: &e.Records[i].Body}); err != nil {
                        return err
                    }
                };
                return nil
            }
            func main() {
                lambda.Start(h)
            }
            """,
    },
    "go closure": {
        "src/main.go": """
            package main
            import (
            "context"
            "os"
            "github.com/aws/aws-lambda-go/events"
            "github.com/aws/aws-lambda-go/lambda"
            "github.com/aws/aws-sdk-go-v2/aws"
            "github.com/aws/aws-sdk-go-v2/config"
            "github.com/aws/aws-sdk-go-v2/service/sqs"
            )
            func mk(c *sqs.Client, u string) func(context.Context, events.SQSEvent) error {
                return func(ctx context.Context, e events.SQSEvent) error {
                    _, err := c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &u});
                    return err
                }
            }
            func main() {
                cfg, _ := config.LoadDefaultConfig(context.TODO());
                lambda.Start(mk(sqs.NewFromConfig(cfg), os.Getenv("Q")))
            }
            """,
    },
    "go goroutine": {
        "src/main.go": """
            package main
            import (
            "context"
            "os"
            "github.com/aws/aws-lambda-go/events"
            "github.com/aws/aws-lambda-go/lambda"
            "github.com/aws/aws-sdk-go-v2/aws"
            "github.com/aws/aws-sdk-go-v2/config"
            "github.com/aws/aws-sdk-go-v2/service/sqs"
            )
            var c *sqs.Client
            func h(ctx context.Context, e events.SQSEvent) error {
                for _, r := range e.Records {
                    go func(b string) {
                        c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(os.Getenv("Q")), MessageBody: &b})
                    }(r.Body)
                };
                return nil
            }
            func main() {
                lambda.Start(h)
            }
            """,
    },
    "go other file": {
        "src/main.go": """
            package main
            import ("context";"github.com/aws/aws-lambda-go/events";"github.com/aws/aws-lambda-go/lambda")
            func h(ctx context.Context, e events.SQSEvent) error {
                return send(ctx, "x")
            }
            func main() {
                lambda.Start(h)
            }
            """,
        "src/send.go": """
            package main
            import (
            "context"
            "os"
            "github.com/aws/aws-sdk-go-v2/aws"
            "github.com/aws/aws-sdk-go-v2/config"
            "github.com/aws/aws-sdk-go-v2/service/sqs"
            )
            var c *sqs.Client
            func send(ctx context.Context, b string) error {
                _, err := c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(os.Getenv("Q")), MessageBody: &b});
                return err
            }
            """,
    },
    "go v1": {
        "src/main.go": """
            package main
            import (
            "os"
            "github.com/aws/aws-lambda-go/events"
            "github.com/aws/aws-lambda-go/lambda"
            "github.com/aws/aws-sdk-go/aws"
            "github.com/aws/aws-sdk-go/aws/session"
            "github.com/aws/aws-sdk-go/service/sqs"
            )
            func h(e events.SQSEvent) error {
                svc := sqs.New(session.Must(session.NewSession()));
                _, err := svc.SendMessage(&sqs.SendMessageInput{QueueUrl: aws.String(os.Getenv("Q"))});
                return err
            }
            func main() {
                lambda.Start(h)
            }
            """,
    },
    "go switch": {
        "src/main.go": """
            package main
            import (
            "context"
            "os"
            "github.com/aws/aws-lambda-go/events"
            "github.com/aws/aws-lambda-go/lambda"
            "github.com/aws/aws-sdk-go-v2/aws"
            "github.com/aws/aws-sdk-go-v2/config"
            "github.com/aws/aws-sdk-go-v2/service/sqs"
            )
            var c *sqs.Client
            func h(ctx context.Context, e events.SQSEvent) error {
                switch e.Records[0].Body {
                    case "a": _, err := c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(os.Getenv("Q"))});
                    return err;
                    default: return nil
                }
            }
            func main() {
                lambda.Start(h)
            }
            """,
    },
    "go defer": {
        "src/main.go": """
            package main
            import (
            "context"
            "os"
            "github.com/aws/aws-lambda-go/events"
            "github.com/aws/aws-lambda-go/lambda"
            "github.com/aws/aws-sdk-go-v2/aws"
            "github.com/aws/aws-sdk-go-v2/config"
            "github.com/aws/aws-sdk-go-v2/service/sqs"
            )
            var c *sqs.Client
            func h(ctx context.Context, e events.SQSEvent) error {
                defer c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(os.Getenv("Q"))});
                return nil
            }
            func main() {
                lambda.Start(h)
            }
            """,
    },
    "cs ctor inject": {
        "src/Function.cs": """
            using Amazon.SQS;
            using Amazon.SQS.Model;
            using Amazon.Lambda.SQSEvents;
            namespace App;

            public class Function {
                private readonly IAmazonSQS _sqs;
                private readonly string _url;
                public Function() : this(new AmazonSQSClient(), Environment.GetEnvironmentVariable("Q")) {
                }
                public Function(IAmazonSQS s, string u) {
                    _sqs = s;
                    _url = u;
                }
                public async Task FunctionHandler(SQSEvent e, ILambdaContext c) {
                    await _sqs.SendMessageAsync(_url, "x");
                }
            }
            """,
    },
    "cs di provider": {
        "src/Function.cs": """
            using Amazon.SQS;
            using Amazon.SQS.Model;
            using Amazon.Lambda.SQSEvents;
            namespace App;

            public class Function {
                private readonly IAmazonSQS _sqs;
                public Function() {
                    var services = new ServiceCollection();
                    services.AddAWSService<IAmazonSQS>();
                    _sqs = services.BuildServiceProvider().GetRequiredService<IAmazonSQS>();
                }
                public async Task FunctionHandler(SQSEvent e, ILambdaContext c) {
                    await _sqs.SendMessageAsync(new SendMessageRequest { QueueUrl = Environment.GetEnvironmentVariable("Q"), MessageBody = "x" });
                }
            }
            """,
    },
    "cs linq select": {
        "src/Function.cs": """
            using Amazon.SQS;
            using Amazon.SQS.Model;
            using Amazon.Lambda.SQSEvents;
            namespace App;

            public class Function {
                readonly IAmazonSQS _sqs = new AmazonSQSClient();
                public async Task FunctionHandler(SQSEvent e, ILambdaContext c) {
                    await Task.WhenAll(e.Records.Select(r => Send(r.Body)));
                }
                private async Task Send(string b) {
                    await _sqs.SendMessageAsync(new SendMessageRequest { QueueUrl = Environment.GetEnvironmentVariable("Q"), MessageBody = "x" });
                }
            }
            """,
    },
    "cs expression body": {
        "src/Function.cs": """
            using Amazon.SQS;
            using Amazon.SQS.Model;
            using Amazon.Lambda.SQSEvents;
            namespace App;

            public class Function {
                readonly IAmazonSQS _sqs = new AmazonSQSClient();
                public Task FunctionHandler(SQSEvent e, ILambdaContext c) => Send();
                Task Send() => _sqs.SendMessageAsync(new SendMessageRequest { QueueUrl = Environment.GetEnvironmentVariable("Q"), MessageBody = "x" });
            }
            """,
    },
    "cs service": {
        "src/Function.cs": """
            using Amazon.SQS;
            using Amazon.SQS.Model;
            using Amazon.Lambda.SQSEvents;
            namespace App;

            public class Function {
                readonly ISender _s = new Sender();
                public async Task FunctionHandler(SQSEvent e, ILambdaContext c) {
                    await _s.Send();
                }
            }
            public interface ISender {
                Task Send();
            }
            public class Sender : ISender {
                readonly IAmazonSQS _sqs = new AmazonSQSClient();
                public async Task Send() {
                    await _sqs.SendMessageAsync(new SendMessageRequest { QueueUrl = Environment.GetEnvironmentVariable("Q"), MessageBody = "x" });
                }
            }
            """,
    },
    "cs property url": {
        "src/Function.cs": """
            using Amazon.SQS;
            using Amazon.SQS.Model;
            using Amazon.Lambda.SQSEvents;
            namespace App;

            public class Function {
                readonly IAmazonSQS _sqs = new AmazonSQSClient();
                private static string Url => Environment.GetEnvironmentVariable("Q");
                public async Task FunctionHandler(SQSEvent e, ILambdaContext c) {
                    await _sqs.SendMessageAsync(new SendMessageRequest { QueueUrl = Url, MessageBody = "x" });
                }
            }
            """,
    },
    "cs primary ctor": {
        "src/Function.cs": """
            using Amazon.SQS;
            using Amazon.SQS.Model;
            using Amazon.Lambda.SQSEvents;
            namespace App;

            public class Function(IAmazonSQS sqs) {
                public Function() : this(new AmazonSQSClient()) {
                }
                public async Task FunctionHandler(SQSEvent e, ILambdaContext c) {
                    await sqs.SendMessageAsync(new SendMessageRequest(Environment.GetEnvironmentVariable("Q"), "x"));
                }
            }
            """,
    },
    "cs foreach using": {
        "src/Function.cs": """
            using Amazon.SQS;
            using Amazon.SQS.Model;
            using Amazon.Lambda.SQSEvents;
            namespace App;

            public class Function {
                public async Task FunctionHandler(SQSEvent e, ILambdaContext c) {
                    using var _sqs = new AmazonSQSClient();
                    foreach (var r in e.Records) {
                        try {
                            await _sqs.SendMessageAsync(new SendMessageRequest { QueueUrl = Environment.GetEnvironmentVariable("Q"), MessageBody = "x" });
                        } catch (Exception x) {
                            throw;
                        }
                    }
                }
            }
            """,
    },
    "cs file class": {
        "src/Function.cs": """
            namespace App {
                public class Function {
                    private readonly Handler _h = new();
                    public Task FunctionHandler(object e, ILambdaContext c) {
                        return _h.Run();
                    }
                }
            }
            """,
        "src/Handler.cs": """
            using Amazon.SQS;
            using Amazon.SQS.Model;
            using Amazon.Lambda.SQSEvents;
            namespace App;

            public class Handler {
                private IAmazonSQS _sqs = new AmazonSQSClient();
                public async Task Run() {
                    await _sqs.SendMessageAsync(new SendMessageRequest { QueueUrl = Environment.GetEnvironmentVariable("Q"), MessageBody = "x" });
                }
            }
            """,
    },
}


@pytest.mark.parametrize("name", HANDLERS)
def test_it_is_found(tmp_path: Path, name: str) -> None:
    runtime, handler = SETTINGS[name.split(maxsplit=1)[0]]
    template = TEMPLATE.format(runtime=runtime).replace("app.handler", handler)
    write(tmp_path, {"template.yaml": template, **HANDLERS[name]})
    evidence = "configured" if name in WEAK else "code"
    assert loops(checked(tmp_path / "template.yaml")) == {"Q → F → Q": ("cutoff", evidence)}
