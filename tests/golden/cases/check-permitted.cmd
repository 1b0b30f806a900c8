check --evidence permitted --cutoff 3 tests/golden/inputs/template.yaml
