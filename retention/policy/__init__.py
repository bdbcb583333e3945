"""Policies: off-policy evaluation, gain by depth, rules learnt from the log, and a model of each customer's gain."""
