"""Learns from matured answers: champion and challengers, recalibration, drift detection."""
