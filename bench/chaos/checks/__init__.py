"""Checks after a run: what was stored is compared with what was acknowledged, item by item."""
