diff models/order-processing/fixed.yaml models/order-processing/architecture.yaml
