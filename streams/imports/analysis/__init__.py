"""Findings that a careful analyst would look for in a history, in little memory."""
