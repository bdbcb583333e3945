"""Chance as a hash: ids, draws and the holdout of decisions, and what decisions have shown of a customer's number."""
