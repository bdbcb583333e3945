"""The published model in use: its log-odds, their calibration, and the part of each group of features."""
