"""Reads of the desk from ClickHouse, each a function that returns typed rows; times are arguments."""
