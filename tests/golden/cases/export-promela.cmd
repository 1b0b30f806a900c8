export models/s3-through-eventbridge/broken.yaml --to promela
