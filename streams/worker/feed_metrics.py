"""Metrics of the raw topics and their parts that fell silent."""

from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric

from schemas.events.raw_events import FEEDS
from schemas.pages.feed_part import FeedPart
from streams.worker.engine.counters import Counters


def feed_metrics(counters: Counters, assigned: Sequence[int]) -> Iterator[Metric]:
    """Yield the metrics.

    Args:
        counters: Counters of the shards.
        assigned: Partitions held now.
    """
    yield from _topics(counters, assigned)
    yield from _parts(counters, assigned)


def _topics(counters: Counters, assigned: Sequence[int]) -> Iterator[Metric]:
    missing = GaugeMetricFamily(
        "stayline_worker_feed_missing_events",
        "Events that should have come since a raw topic fell silent, by its own rate; 0 while it is heard.",
        labels=["topic"],
    )
    since = GaugeMetricFamily(
        "stayline_worker_feed_silent_since_timestamp_seconds",
        "Hour after the last event of a raw topic that is silent; absent while it is heard.",
        labels=["topic"],
    )
    for partition in assigned[:1]:  # all know the same
        silent = counters.silent.get(partition, {})
        for topic in FEEDS:
            missing.add_metric([topic], silent[topic].missing if topic in silent else 0.0)
        for topic, hole in silent.items():
            since.add_metric([topic], hole.start / 1000)
    yield missing
    yield since


def _parts(counters: Counters, assigned: Sequence[int]) -> Iterator[Metric]:
    labels = list(FeedPart._fields)
    missing = GaugeMetricFamily(
        "stayline_worker_feed_part_missing_events",
        "Events that should have come since a raw partition, channel or campaign of a topic fell silent while it "
        "goes on, by its own rate; absent while it is heard.",
        labels=labels,
    )
    since = GaugeMetricFamily(
        "stayline_worker_feed_part_silent_since_timestamp_seconds",
        "Hour after the last event of such a part; absent while it is heard.",
        labels=labels,
    )
    for partition in assigned:
        for part, hole in counters.silent_parts.get(partition, {}).items():
            missing.add_metric(part, hole.missing)
            since.add_metric(part, hole.start / 1000)
    yield missing
    yield since
