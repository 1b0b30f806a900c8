"""The static description of an architecture, and its own YAML form."""
