check tests/golden/inputs/formats/terraform
