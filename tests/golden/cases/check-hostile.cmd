check tests/golden/inputs/hostile.yaml
