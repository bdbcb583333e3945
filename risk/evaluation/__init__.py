"""Backtests: the whole method over a history, evaluated by answers that were not known when it predicted."""
