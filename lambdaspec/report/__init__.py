"""Showing results: text, JSON, diagrams. Pure functions of a result, except for `draw`."""
