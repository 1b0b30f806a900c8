"""Hypothesis is derandomised where CI runs, so that a red build is red again."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
settings.register_profile(
    "local", deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
settings.load_profile("ci" if os.environ.get("CI") else "local")
