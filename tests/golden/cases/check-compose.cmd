check tests/golden/inputs/compose.yaml
