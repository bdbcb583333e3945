"""Reasons for a risk: the strongest are chosen and worded as sentences."""
