"""Tests of ``customers.feed``."""
