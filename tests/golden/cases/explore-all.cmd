explore models/runs-twice/broken.yaml --quiet
