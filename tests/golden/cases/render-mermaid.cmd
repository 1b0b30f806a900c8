render models/closed-by-others/service.yaml
