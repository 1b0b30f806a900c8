check models/dlq-pair/fifo.yaml
