check tests/golden/inputs/formats/serverless
