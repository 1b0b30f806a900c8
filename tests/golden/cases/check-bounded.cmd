check models/order-processing/fixed.yaml
