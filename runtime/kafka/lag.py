"""How many messages Kafka has that are not worked off yet, looked at now and then."""

import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition
from prometheus_client import Gauge

from runtime.kafka.offsets import Place

_LAG_SECONDS: Final = 2.0


class Lag:
    """Compares the ends of partitions with what was worked off."""

    def __init__(self, consumer: Consumer, gauge: Gauge) -> None:
        """Begin.

        Args:
            consumer: Knows the ends.
            gauge: Told; its labels are topic and partition.
        """
        self._consumer = consumer
        self._gauge = gauge
        self._look_at = 0.0

    def look(self, done: Mapping[Place, int], *, ask: bool) -> None:
        """Tell the lag, if it was not told just now.

        Args:
            done: The offset after the last record worked off, by place.
            ask: Whether to ask Kafka, instead of taking what the last fetch has brought.
        """
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LAG_SECONDS
        for (topic, partition), offset in done.items():
            try:
                place = TopicPartition(topic, partition)
                _, end = self._consumer.get_watermark_offsets(place, timeout=1.0, cached=not ask)
            except KafkaException:
                return
            if end >= 0:
                self._gauge.labels(topic, partition).set(max(0, end - offset))

    def clear(self) -> None:
        """Tell nothing of partitions that others have now."""
        self._gauge.clear()
