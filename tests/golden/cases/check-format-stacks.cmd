check tests/golden/inputs/formats/stacks
