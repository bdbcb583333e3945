"""How many messages Kafka has that are not stored yet, looked at now and then."""

import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from sinks.batch import Place
from sinks.metrics import SinkMetrics

_LAG_SECONDS: Final = 2.0


class Lag:
    """Compares the ends of partitions with what was committed."""

    def __init__(self, consumer: Consumer, metrics: SinkMetrics) -> None:
        """Begin.

        Args:
            consumer: Knows the ends.
            metrics: Told.
        """
        self._consumer = consumer
        self._metrics = metrics
        self._look_at = 0.0

    def look(self, committed: Mapping[Place, int], *, ask: bool) -> None:
        """Tell the lag, if it was not told just now.

        Args:
            committed: The offset after the last record stored, by place.
            ask: Whether to ask Kafka, instead of taking what the last fetch has brought.
        """
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LAG_SECONDS
        for (topic, partition), offset in committed.items():
            try:
                place = TopicPartition(topic, partition)
                _, end = self._consumer.get_watermark_offsets(place, timeout=1.0, cached=not ask)
            except KafkaException:
                return
            if end >= 0:
                self._metrics.lag.labels(topic, partition).set(max(0, end - offset))

    def clear(self) -> None:
        """Tell nothing of partitions that others have now."""
        self._metrics.lag.clear()
