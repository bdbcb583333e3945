"""Policies: the one in force, off-policy evaluation, gain by depth, and rules learnt from the log."""
