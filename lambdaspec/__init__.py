"""Can one event make your serverless architecture run for ever? See `check`."""

from __future__ import annotations

__version__ = "0.1.0"
