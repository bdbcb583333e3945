"""Outcomes of decisions, each settled once, and the log of decisions from which effects and policies are estimated."""
