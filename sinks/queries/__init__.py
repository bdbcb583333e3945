"""Queries to ClickHouse, each a typed function with bound parameters."""
