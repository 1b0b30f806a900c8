using Amazon.Lambda.SQSEvents;
using Amazon.SQS;
using Amazon.SQS.Model;
namespace Example;

public record Body(string Id, int Tries);

public class Function
{
    private readonly IAmazonSQS _sqs;
    public Function() : this(new AmazonSQSClient()) { }
    public Function(IAmazonSQS sqs) => _sqs = sqs;

    public async Task FunctionHandler(SQSEvent input, ILambdaContext context)
    {
        foreach (var message in input.Records)
        {
            var body = JsonSerializer.Deserialize<Body>(message.Body);
            if (body.Tries >= 3 || message.Body.EndsWith("x")) continue;
            await _sqs.SendMessageAsync(new SendMessageRequest
            {
                QueueUrl = Environment.GetEnvironmentVariable("URL"),
                MessageBody = JsonSerializer.Serialize(body with { Tries = body.Tries + 1 })
            });
        }
    }
}
