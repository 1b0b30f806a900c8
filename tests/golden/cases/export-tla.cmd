export models/order-processing/architecture.yaml --to tla
