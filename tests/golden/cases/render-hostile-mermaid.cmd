render tests/golden/inputs/hostile.yaml
