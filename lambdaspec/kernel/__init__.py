"""Deciding whether a counter graph can run for ever. Knows nothing of AWS."""
