check --entry Nowhere models/allow/guarded.yaml
