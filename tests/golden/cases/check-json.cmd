check --format json models/closed-by-others/service.yaml
