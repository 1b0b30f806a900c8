explore models/innocent-dropped/broken.yaml --property innocent-dropped --messages 2 --reduce --quiet
