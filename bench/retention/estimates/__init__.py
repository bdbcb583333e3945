"""Estimates of a simulated year by its log alone, beside the truth: effects, gain by depth, other policies."""
