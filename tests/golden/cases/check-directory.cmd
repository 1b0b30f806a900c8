check models/fan-out models/allow
