"""Records that the worker and the learner write: scores, alerts, decisions, training examples, models."""
