check tests/golden/inputs/formats/cdk.out
