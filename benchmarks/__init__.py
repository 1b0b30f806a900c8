"""Benchmarks of lambdaspec: see README.md."""
