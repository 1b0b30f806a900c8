check models/continue-as-new/polling.yaml
