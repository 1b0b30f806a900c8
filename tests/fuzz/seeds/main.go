package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

type body struct {
	Tries int    `json:"tries"`
	Key   string `json:"key"`
}

type sender struct{ client *sqs.Client }

func (s *sender) send(ctx context.Context, b body) error {
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	_, err = s.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(os.Getenv("URL")), MessageBody: aws.String(string(text))})
	return err
}

func handle(ctx context.Context, event events.SQSEvent) error {
	s := &sender{}
	for _, record := range event.Records {
		var b body
		if err := json.Unmarshal([]byte(record.Body), &b); err != nil || b.Tries >= 3 {
			continue
		}
		b.Tries++
		if err := s.send(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func main() { lambda.Start(handle) }
