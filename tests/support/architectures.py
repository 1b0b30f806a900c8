"""The drafts of `lambdaspec.strategies`: tests also want architectures that AWS would refuse."""

from __future__ import annotations

from lambdaspec.strategies import KINDS, SERVICES, SOURCES, scales
from lambdaspec.strategies import drafts as architectures

__all__ = ["KINDS", "SERVICES", "SOURCES", "architectures", "scales"]
