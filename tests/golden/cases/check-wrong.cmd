check tests/golden/inputs/wrong.yaml
