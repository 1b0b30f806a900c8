simulate --events 2 --run models/whole-batch/whole.run models/whole-batch/whole.yaml
