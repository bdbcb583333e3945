"""Waits of people at the desk beside a million customers and a running pipeline."""

from bench.desk.run import measure

__all__ = ["measure"]
