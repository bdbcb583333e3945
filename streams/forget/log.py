"""Writes records one by one, and waits until the broker has each."""

from collections.abc import Sequence
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from runtime.kafka.options import producer_options
from schemas.errors import FatalError, ServerUnreachableError
from schemas.settings import KafkaSettings

_SECONDS: Final = 30.0


class Log:
    """A producer for seldom and important records."""

    def __init__(self, kafka: KafkaSettings) -> None:
        """Connect when first asked.

        Args:
            kafka: Where Kafka is.
        """
        self._producer = Producer(producer_options(kafka, None))
        self._error: KafkaError | None = None
        self._offset = -1

    def write(
        self, topic: str, key: bytes, value: bytes, *, partition: int = 0, headers: Sequence[tuple[str, bytes]] = ()
    ) -> int:
        """Write a record, and return its offset.

        Args:
            topic: Where to.
            key: Its key.
            value: Its value.
            partition: Its partition.
            headers: Its headers.

        Raises:
            ServerUnreachableError: Kafka did not take it in time.
            FatalError: It refuses it.
        """
        self._error, self._offset = None, -1
        try:
            self._producer.produce(
                topic, value, key, partition=partition, headers=list(headers), on_delivery=self._delivered
            )
            left = self._producer.flush(_SECONDS)
        except KafkaException as error:
            raise FatalError(f"Kafka refuses a record on {topic}: {error.args[0].str()}") from None
        if self._error is not None:
            raise FatalError(f"Kafka refuses a record on {topic}: {self._error.str()}")
        if left:
            raise ServerUnreachableError(f"Kafka did not take a record on {topic} within {_SECONDS:g} s")
        return self._offset

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        self._error = error
        self._offset = message.offset() or 0
