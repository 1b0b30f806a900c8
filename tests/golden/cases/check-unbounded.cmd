check models/dynamodb-loop/broken.yaml
