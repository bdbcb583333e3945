"""Benchmarks of what acting brings: a real experiment with known figures, and a simulated year with known truth."""
