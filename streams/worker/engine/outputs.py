"""Where a shard's records go."""

from typing import Final

RISK_SCORES: Final = "risk_scores"
TRAINING_EXAMPLES: Final = "training_examples"
ALERTS: Final = "alerts"

EXAMPLES_PARTITION: Final = 0
"""All examples lie on one partition, so that they have one order, and a model has one meaning."""
