check models/order-processing/architecture.yaml
