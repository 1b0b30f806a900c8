check --format markdown tests/golden/inputs/formats/sam tests/golden/inputs/formats/terraform
