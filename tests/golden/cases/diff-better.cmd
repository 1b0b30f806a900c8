diff models/order-processing/architecture.yaml models/order-processing/fixed.yaml
