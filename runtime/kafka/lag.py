"""Shows how many messages Kafka has that are not processed yet."""

import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition
from prometheus_client import Gauge

from runtime.kafka.offsets import Place

_LAG_SECONDS: Final = 2.0


class LagGauge:
    """Compares the ends of partitions with the offsets processed, every two seconds."""

    def __init__(self, consumer: Consumer, gauge: Gauge) -> None:
        """Start without a figure.

        Args:
            consumer: Knows the ends.
            gauge: Set; its labels are topic and partition.
        """
        self._consumer = consumer
        self._gauge = gauge
        self._due_at = 0.0

    def update(self, done: Mapping[Place, int], *, ask: bool) -> None:
        """Set the gauge, unless it was set just now.

        Args:
            done: The offset after the last record processed, by place.
            ask: Whether to ask Kafka, instead of taking what the last fetch has brought.
        """
        now = time.monotonic()
        if now < self._due_at:
            return
        self._due_at = now + _LAG_SECONDS
        for (topic, partition), offset in done.items():
            try:
                place = TopicPartition(topic, partition)
                _, end = self._consumer.get_watermark_offsets(place, timeout=1.0, cached=not ask)
            except KafkaException:
                return
            if end >= 0:
                self._gauge.labels(topic, partition).set(max(0, end - offset))

    def clear(self) -> None:
        """Show nothing of partitions that others own now."""
        self._gauge.clear()
