check --format sarif tests/golden/inputs/formats/stacks
