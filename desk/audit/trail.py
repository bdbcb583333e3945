"""Writes audit records to Kafka, in the background or before anything is shown."""

from collections.abc import Callable
from threading import Event
from typing import Final, Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from runtime.kafka.options import producer_options
from schemas.errors import ServerUnreachableError
from schemas.records.desk_audit import DeskAudit
from schemas.records.encode import encode_record
from schemas.settings.connections import KafkaSettings
from schemas.topics import DESK_AUDIT

_WAIT_SECONDS: Final = 5.0
_MOST_WAITING: Final = 100_000

_Delivered = Callable[[KafkaError | None, Message], None]


class AuditTrail(Protocol):
    """Takes audit records."""

    def note(self, record: DeskAudit) -> None:
        """Take a record, to be written soon.

        Raises:
            ServerUnreachableError: Too many wait for Kafka, or it refuses the record.
        """

    def keep(self, record: DeskAudit) -> None:
        """Take a record, and return once it is written.

        Raises:
            ServerUnreachableError: Kafka does not take it in time.
        """


class KafkaAuditTrail:
    """Audit trail on the topic ``desk_audit``; while Kafka is away, what is noted waits in memory."""

    def __init__(self, kafka: KafkaSettings) -> None:
        """Open the producer.

        Args:
            kafka: Where Kafka is.
        """
        # Records wait for as long as Kafka is away; only a process that is killed meanwhile loses them.
        waiting = {"queue.buffering.max.messages": _MOST_WAITING, "message.timeout.ms": 0}
        self._producer = Producer(producer_options(kafka, None, waiting))

    def note(self, record: DeskAudit) -> None:
        """Take a record, to be written soon; see :class:`AuditTrail`."""
        self._produce(record)
        self._producer.poll(0)

    def keep(self, record: DeskAudit) -> None:
        """Take a record, and return once it is written; see :class:`AuditTrail`."""
        written = Event()

        def delivered(error: KafkaError | None, _message: Message) -> None:
            if error is None:
                written.set()

        self._produce(record, delivered)
        self._producer.flush(_WAIT_SECONDS)
        if not written.is_set():
            raise ServerUnreachableError("Kafka does not take the audit record; without it nothing is exported")

    def close(self) -> None:
        """Write what waits, for some seconds at most."""
        self._producer.flush(_WAIT_SECONDS)

    def _produce(
        self, record: DeskAudit, on_delivery: Callable[[KafkaError | None, Message], None] | None = None
    ) -> None:
        key = record.customer_id.encode() or None
        try:
            self._producer.produce(DESK_AUDIT, encode_record(record), key, partition=0, on_delivery=on_delivery)
        except BufferError:
            raise ServerUnreachableError(
                "Kafka has been away for too long: looks at customers cannot be recorded, and so are not allowed"
            ) from None
        except KafkaException as error:
            raise ServerUnreachableError(f"Kafka does not take the audit record ({error}); see its topics") from None
