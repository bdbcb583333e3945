"""Play of the demo: a history, a team that acts on decisions, and live events."""
