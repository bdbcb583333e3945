"""Backtests: the whole method over a history, judged by answers that were not known when predictions were made."""
