explore models/never-settled/broken.yaml --property never-settled --quiet
