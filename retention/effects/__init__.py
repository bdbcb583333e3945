"""Effects of actions: doubly robust estimates with known propensities, intervals and verdicts."""
