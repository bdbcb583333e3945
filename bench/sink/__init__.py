"""Rows a second that the sink stores, and how long analysts wait for answers."""

from bench.sink.benchmark import measure

__all__ = ["measure"]
