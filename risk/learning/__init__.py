"""Learns from matured answers: estimators, recalibration, champion and challengers, drift."""
