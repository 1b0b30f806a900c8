verify models/order-processing/architecture.yaml
