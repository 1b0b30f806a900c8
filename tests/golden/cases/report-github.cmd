check --format github tests/golden/inputs/formats
