check models/cut-short/broken.yaml
