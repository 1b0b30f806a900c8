"""Stock properties: what people ask of an architecture besides whether it ends."""
