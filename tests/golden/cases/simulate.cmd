simulate --seed 3 --steps 12 models/order-processing/architecture.yaml
