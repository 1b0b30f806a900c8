check tests/golden/inputs/formats/plan
