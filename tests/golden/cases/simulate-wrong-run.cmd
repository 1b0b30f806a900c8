simulate --run models/whole-batch/whole.run models/whole-batch/whole.yaml
