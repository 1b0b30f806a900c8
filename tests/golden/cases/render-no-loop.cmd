render --loop L9 models/allow/guarded.yaml
