check --budget 4 models/order-processing/fixed.yaml
