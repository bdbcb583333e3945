"""Latency of a purchase from its publication to its committed score, at steady rates."""

from bench.latency.rates import measure

__all__ = ["measure"]
