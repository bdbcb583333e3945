"""Records that the worker and the learner write: scores, alerts, decisions, examples, models; and verdicts."""
