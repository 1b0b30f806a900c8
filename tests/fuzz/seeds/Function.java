package example;

import com.amazonaws.services.lambda.runtime.RequestHandler;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.*;

public class Function implements RequestHandler<SQSEvent, Void> {
    private static final String URL = System.getenv("URL");
    private final SqsClient sqs = SqsClient.builder().region(Region.EU_WEST_1).build();

    @Override
    public Void handleRequest(SQSEvent event, Context context) {
        event.getRecords().stream().filter(m -> !m.getBody().isEmpty()).forEach(m -> {
            if (m.getBody().startsWith("stop")) { return; }
            for (int i = 0; i < 3; i++) {
                sqs.sendMessage(SendMessageRequest.builder().queueUrl(URL).messageBody(m.getBody() + i).build());
            }
        });
        return null;
    }
}
