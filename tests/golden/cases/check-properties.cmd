check models/silent-loss/broken.yaml --property all
