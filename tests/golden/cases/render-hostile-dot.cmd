render --format dot tests/golden/inputs/hostile.yaml
