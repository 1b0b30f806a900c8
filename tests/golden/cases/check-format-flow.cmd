check tests/golden/inputs/formats/flow
