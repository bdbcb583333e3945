"""Measures how soon alerts come, how many leavers they reach, and their cost in looks and in false alerts."""
