"""Shared parts of tests: servers, topics, waiting, histories and comparisons."""
