"""Delay from an event's publication to its arrival somewhere, as a histogram."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Histogram

from schemas.moments import DAY_MS, Publication

BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200)
"""Edges in seconds. The promise of freshness (``deploy/prometheus/rules.yml``) names one of them."""

HISTORY_MS: Final = DAY_MS
"""An event published so long ago belongs to a history with its own time, which says nothing about delays."""

OWN_TIME_MS: Final = 60_000
"""So does one published so long ago at its own time, to the millisecond: the last day of a history that ends today."""


class Freshness:
    """Histogram of the seconds between publication and arrival, observed for the first event of each page."""

    def __init__(self, name: str, help_text: str, registry: CollectorRegistry) -> None:
        """Declare the histogram.

        Args:
            name: Of the measure.
            help_text: What has arrived where.
            registry: This process's own.
        """
        self._seconds = Histogram(name, help_text, buckets=BUCKETS, registry=registry)

    def arrived(self, published: Iterable[Publication], now_ms: float) -> None:
        """Note that pages have arrived.

        Args:
            published: Publications of the first event of each.
            now_ms: Wall clock.
        """
        for at_ms, is_own_time in published:
            delay = now_ms - at_ms
            if delay < (OWN_TIME_MS if is_own_time else HISTORY_MS):
                self._seconds.observe(max(delay, 0.0) / 1000)
