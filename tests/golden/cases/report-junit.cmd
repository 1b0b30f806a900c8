check --format junit tests/golden/inputs/formats
