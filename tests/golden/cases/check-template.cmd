check tests/golden/inputs/template.yaml
