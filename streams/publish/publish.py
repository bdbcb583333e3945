"""A history onto the raw topics, as the upstream teams would have published it."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Final, Literal

import msgspec
from confluent_kafka import KafkaException, Producer

from runtime.kafka.clients import producer_options, require_kafka
from runtime.kafka.delivery import CALL_SECONDS, Failures, begin_transactions, persist
from runtime.service.signals import Interrupts
from schemas.errors import ServerUnreachableError, UsageError
from schemas.history import HistoryError, HistoryLine, read_line
from schemas.pages import Headers
from schemas.settings import KafkaSettings
from schemas.trace import SPAN_ID_BYTES, TRACE_ID_BYTES, traceparent
from streams.publish.rate_limit import Pace
from streams.topics import INTERACTIONS

Clock = Literal["event", "now"]

_BATCH: Final = 2_000
_TIMEOUT: Final = 60.0
_FULL_SECONDS: Final = 0.05


@dataclass(slots=True)
class Published:
    """What was published.

    Attributes:
        events: Lines that are there.
        bytes: Their length.
        latest_ms: The latest ``occurred_at`` so far, ms since 1970.
        unsure: Lines sent after them, of which Kafka has not said whether they are there.
    """

    events: int = 0
    bytes: int = 0
    latest_ms: int = 0
    unsure: int = 0

    def so_far(self) -> str:
        """What whoever ended early must know."""
        if not self.events and not self.unsure:
            return "nothing was published"
        next_ones = f", the next {self.unsure:,} may be" if self.unsure else ""
        return f"{self.events:,} events are there{next_ones}; sending all of them again counts none twice"


class Publisher:
    """Publishes lines in batches, each visible as a whole where the broker has transactions.

    With the event clock a message's timestamp is its event's own time. A batch that becomes visible at once on all
    raw partitions keeps those times comparable: nobody sees a later event and takes an earlier one for missing.
    """

    def __init__(self, kafka: KafkaSettings, clock: Clock, name: str, interrupts: Interrupts | None = None) -> None:
        """Reach the broker.

        Args:
            kafka: Where it is.
            clock: Whose time the messages carry: their events', or the moment of publishing.
            name: Unique among running publishers.
            interrupts: Told by these to end, it waits for Kafka no longer; what was begun is then unsure.

        Raises:
            ServerUnreachableError: No broker answers.
            FatalError: It refuses transactions.
            KeyboardInterrupt: Told to end, here and while publishing.
        """
        self._interrupts = interrupts or Interrupts()
        self._clock = clock
        self._transactions = kafka.transactions
        self._failures = Failures()
        self.published = Published()
        require_kafka(kafka)
        with self._interrupts.held_back():
            self._producer = Producer(producer_options(kafka, f"publish-{name}"))
            if self._transactions:
                begin_transactions(self._producer, self._interrupts.told, _TIMEOUT)

    def send(self, lines: Iterable[HistoryLine]) -> None:
        """Publish a batch, and return when the broker has it.

        Raises:
            ServerUnreachableError: The broker stopped answering; what this batch held may not be there.
            FatalError: The broker refuses a message.
        """
        batch = list(lines)
        with self._interrupts.held_back():
            self.published.unsure = len(batch)
            with self._batch():
                for line in batch:
                    self._produce_line(line)
            self._count(batch)

    def send_page(self, partition: int, value: bytes, headers: Headers) -> None:
        """Publish a page anew, and return when the broker has it; raises as ``send`` does."""
        with self._interrupts.held_back(), self._batch():
            self._produce(INTERACTIONS, value, partition=partition, headers=headers)

    @contextmanager
    def _batch(self) -> Iterator[None]:
        """What is produced in the block becomes visible at its end, all of it or nothing."""
        self._failures.forget()
        try:
            if self._transactions:
                self._producer.begin_transaction()
            yield
            self._deliver()
        except KafkaException as failure:
            self._give_up()
            self._failures.raise_if_hopeless()
            cause = self._failures.first or failure.args[0]
            raise ServerUnreachableError(
                f"Kafka failed while publishing: {cause.str()}; {self.published.so_far()}"
            ) from None

    def _deliver(self) -> None:
        told = self._interrupts.told
        if self._transactions:
            persist(self._producer.commit_transaction, told, _TIMEOUT)
            return
        until = time.monotonic() + _TIMEOUT
        while self._producer.flush(CALL_SECONDS):
            if told.is_set() or time.monotonic() > until:
                raise ServerUnreachableError(f"Kafka does not take events; {self.published.so_far()}")
        if self._failures.first is not None:
            raise KafkaException(self._failures.first)

    def _give_up(self) -> None:
        """Keep nobody waiting for a transaction that nobody will commit."""
        if self._transactions:
            with suppress(KafkaException):
                self._producer.abort_transaction(CALL_SECONDS)

    def _produce_line(self, line: HistoryLine) -> None:
        timestamp = line.occurred_ms if self._clock == "event" and line.occurred_ms is not None else _now_ms()
        headers = [traceparent(token_hex(TRACE_ID_BYTES), token_hex(SPAN_ID_BYTES))]
        self._produce(line.topic, line.value, key=_key_of(line.value), timestamp=timestamp, headers=headers)

    def _produce(self, topic: str, value: bytes, **placing: Any) -> None:  # noqa: ANN401 - librdkafka's own
        while True:
            try:
                self._producer.produce(topic, value, on_delivery=self._failures.note, **placing)
            except BufferError:
                self._producer.poll(_FULL_SECONDS)
                if self._interrupts.told.is_set():
                    raise KeyboardInterrupt from None
            except KafkaException as failure:
                self._failures.remember(failure.args[0], topic)
                raise
            else:
                return

    def _count(self, batch: list[HistoryLine]) -> None:
        self.published.events += len(batch)
        self.published.bytes += sum(len(line.value) for line in batch)
        latest = (line.occurred_ms or 0 for line in batch)
        self.published.latest_ms = max(self.published.latest_ms, max(latest, default=0))
        self.published.unsure = 0


def publish(
    publisher: Publisher,
    lines: Iterable[bytes],
    *,
    days_per_second: float | None = None,
    progress: Callable[[Published], None] = lambda _published: None,
) -> Published:
    """Publish the lines of a file.

    Args:
        publisher: Where to.
        lines: NDJSON; empty ones are passed over.
        days_per_second: How fast the events' own time may pass at most; as fast as it goes where not given.
        progress: Told after every batch.

    Raises:
        UsageError: A line cannot be routed; those before it have been published.
    """
    batch: list[HistoryLine] = []
    pace = Pace(days_per_second)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = read_line(line)
        except HistoryError as error:
            _send(publisher, batch, progress)
            raise UsageError(f"line {number}: {error}") from None
        if len(batch) >= _BATCH or pace.must_wait(read.occurred_ms):
            _send(publisher, batch, progress)
            pace.wait()
            batch = []
        batch.append(read)
    _send(publisher, batch, progress)
    return publisher.published


class _Owner(msgspec.Struct):
    customer_id: str


_owner = msgspec.json.Decoder(_Owner).decode


def _key_of(value: bytes) -> bytes | None:
    """A customer's events keep their order where they can; whatever cannot be read goes anywhere."""
    try:
        return _owner(value).customer_id.encode()
    except (msgspec.DecodeError, UnicodeError):
        return None


def _send(publisher: Publisher, batch: list[HistoryLine], progress: Callable[[Published], None]) -> None:
    if batch:
        publisher.send(batch)
        progress(publisher.published)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
