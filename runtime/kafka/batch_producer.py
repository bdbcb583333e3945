"""The part that the transactional and the plain producer share: handing over the records of a batch."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Event
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from runtime.kafka.delivery import BatchError, Failures
from runtime.kafka.options import Options

COMMIT_SECONDS: Final = 20.0
"""Once begun, a commit can only be waited for: librdkafka refuses to give up what it may have committed."""

_FULL_SECONDS: Final = 0.05

_log = logging.getLogger(__name__)

DeliveryReport = Callable[[KafkaError | None, Message], None]
RecordHeaders = Sequence[tuple[str, str | bytes | None]]


class BatchProducer(ABC):
    """The part that both producers share."""

    def __init__(self, options: Options, stop: Event | None, *, reports: bool = True) -> None:
        """Open the producer; it connects in the background.

        Args:
            options: Of librdkafka.
            stop: Once set, an absent broker is no longer waited for; None where no signal ends the process so.
            reports: Whether librdkafka reports every record, so that an error names the topic. A report costs about a
                microsecond a record; without it an error is known when the batch ends, by its code alone.
        """
        self._producer = Producer(options, logger=_log)
        self._stop = stop or Event()
        self._failures = Failures()
        self._report = self._failures.note if reports else None

    @property
    def queued(self) -> int:
        """Records handed over and not yet delivered."""
        return len(self._producer)

    @abstractmethod
    def batch(self, seconds: float = COMMIT_SECONDS) -> AbstractContextManager[None]:
        """Send what is produced in the block, and end when Kafka has it.

        Args:
            seconds: How long its end may take.

        Raises:
            BatchError: It may be sent again.
            FatalError: Kafka would refuse it again, or its outcome is unknown (``UnresolvedError``).
        """

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None = None,
        *,
        partition: int = -1,
        headers: RecordHeaders | None = None,
        timestamp_ms: int = 0,
        on_delivery: DeliveryReport | None = None,
    ) -> None:
        """Hand over a record; wait where too many are queued.

        Args:
            topic: Where to.
            value: Its bytes; None is a tombstone.
            key: Its key.
            partition: Its partition; by the key where negative.
            headers: Its headers.
            timestamp_ms: Its timestamp, ms since 1970; the present where 0.
            on_delivery: Told of the outcome instead of this producer.

        Raises:
            BatchError: ``stop`` was set while it waited.
            KafkaException: Kafka would never take it; the batch fails.
        """
        while True:
            try:
                self._producer.produce(
                    topic,
                    value,
                    key,
                    partition,
                    on_delivery or self._report,
                    timestamp=timestamp_ms,
                    headers=None if headers is None else list(headers),
                )
            except BufferError:
                self._producer.poll(_FULL_SECONDS)
                if self._stop.is_set():
                    raise BatchError("told to end while Kafka took no more records") from None
            except KafkaException as failure:
                self._failures.remember(failure.args[0], topic)
                raise
            else:
                return

    def flush(self, seconds: float) -> int:
        """Wait until everything is delivered, and return how many records are not after so many seconds."""
        return self._producer.flush(seconds)
