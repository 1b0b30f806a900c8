check tests/golden/inputs/formats/sam
