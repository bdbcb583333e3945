"""Trials of changed playbooks: checked at once, evaluated beside the pages, kept in memory, never stored."""
