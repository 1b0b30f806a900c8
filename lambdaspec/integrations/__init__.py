"""lambdaspec inside other tools."""
