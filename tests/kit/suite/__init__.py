"""Plug-ins of pytest: marks, order and the number of cases."""
