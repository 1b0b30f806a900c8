check no/such/file.yaml
