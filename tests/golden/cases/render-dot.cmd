render --format dot models/closed-by-others/service.yaml
