"""A history onto the raw topics, as the upstream teams would have published it."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.errors import MustStop, ServerUnreachable, WrongUse
from schemas.history import HistoryError, HistoryLine, read_line
from schemas.moments import DAY_MS
from schemas.pages import Headers
from schemas.settings import KafkaSettings
from schemas.trace import new_trace_id, traceparent
from sinks.kafka import producer_options, require_kafka
from streams.topics import INTERACTIONS

Clock = Literal["event", "now"]

_BATCH: Final = 2_000
_TIMEOUT: Final = 60.0


@dataclass(slots=True)
class Published:
    """What was published.

    Attributes:
        events: Lines sent.
        bytes: Their length.
        latest_ms: The latest ``occurred_at`` so far, ms since 1970.
    """

    events: int = 0
    bytes: int = 0
    latest_ms: int = 0


class Publisher:
    """Publishes lines in batches, each visible as a whole where the broker has transactions.

    With the event clock a message's timestamp is its event's own time. A batch that becomes visible at once on all
    raw partitions keeps those times comparable: nobody sees a later event and takes an earlier one for missing.
    """

    def __init__(self, kafka: KafkaSettings, clock: Clock, name: str) -> None:
        """Reach the broker.

        Args:
            kafka: Where it is.
            clock: Whose time the messages carry: their events', or the moment of publishing.
            name: Unique among running publishers.

        Raises:
            ServerUnreachable: No broker answers.
        """
        require_kafka(kafka)
        self._clock = clock
        self._transactions = kafka.transactions
        self._producer = Producer(producer_options(kafka, f"publish-{name}"))
        self._failure: KafkaError | None = None
        self.published = Published()
        if self._transactions:
            self._producer.init_transactions(_TIMEOUT)

    def send(self, lines: Iterable[HistoryLine]) -> None:
        """Publish a batch, and return when the broker has it.

        Raises:
            ServerUnreachable: The broker stopped answering; what this batch held may not be there.
            MustStop: The broker refuses a message.
        """
        with self._batch():
            for line in lines:
                self._produce_line(line)

    def send_page(self, partition: int, value: bytes, headers: Headers) -> None:
        """Publish a page anew, and return when the broker has it; raises as ``send`` does."""
        with self._batch():
            self._produce(INTERACTIONS, value, partition=partition, headers=headers)

    @contextmanager
    def _batch(self) -> Iterator[None]:
        """What is produced in the block becomes visible at its end, all of it or nothing."""
        try:
            if self._transactions:
                self._producer.begin_transaction()
            yield
            waiting = self._producer.flush(_TIMEOUT)
            if self._failure is not None:
                raise MustStop(f"the broker refuses an event: {self._failure.str()}")
            if waiting:
                raise ServerUnreachable(f"{waiting} events were not taken within {_TIMEOUT:g} s")
            if self._transactions:
                self._producer.commit_transaction(_TIMEOUT)
        except KafkaException as error:
            raise ServerUnreachable(f"Kafka failed while publishing: {error.args[0].str()}") from None

    def _produce_line(self, line: HistoryLine) -> None:
        timestamp = line.occurred_ms if self._clock == "event" and line.occurred_ms is not None else _now_ms()
        headers = [traceparent(new_trace_id())]
        self._produce(line.topic, line.value, key=_key_of(line.value), timestamp=timestamp, headers=headers)
        self.published.events += 1
        self.published.bytes += len(line.value)
        self.published.latest_ms = max(self.published.latest_ms, line.occurred_ms or 0)

    def _produce(self, topic: str, value: bytes, **placing: Any) -> None:  # noqa: ANN401 - librdkafka's own
        while True:
            try:
                self._producer.produce(topic, value, on_delivery=self._delivered, **placing)
            except BufferError:
                self._producer.poll(0.05)
            else:
                return

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        self._failure = error or self._failure


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
        WrongUse: A line cannot be routed; those before it have been published.
    """
    batch: list[HistoryLine] = []
    pace = _Pace(days_per_second)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = read_line(line)
        except HistoryError as error:
            _send(publisher, batch, progress)
            raise WrongUse(f"line {number}: {error}") from None
        if len(batch) >= _BATCH or pace.must_wait(read, publisher.published, batch):
            _send(publisher, batch, progress)
            pace.wait()
            batch = []
        batch.append(read)
    _send(publisher, batch, progress)
    return publisher.published


class _Pace:
    """Holds the events' own time to a speed, in steps of a tenth of a second."""

    _STEP_SECONDS = 0.1

    def __init__(self, days_per_second: float | None) -> None:
        self._step_ms = None if days_per_second is None else days_per_second * DAY_MS * self._STEP_SECONDS
        self._next_ms = 0.0
        self._next_at = time.monotonic()

    def must_wait(self, line: HistoryLine, published: Published, batch: list[HistoryLine]) -> bool:
        """Whether a line lies beyond the present step."""
        if self._step_ms is None or line.occurred_ms is None:
            return False
        if not published.events and not batch:
            self._next_ms = line.occurred_ms + self._step_ms
        if line.occurred_ms < self._next_ms:
            return False
        steps = (line.occurred_ms - self._next_ms) // self._step_ms + 1
        self._next_ms += steps * self._step_ms
        self._next_at += steps * self._STEP_SECONDS
        return True

    def wait(self) -> None:
        """Wait until the next step may begin."""
        if self._step_ms is not None:
            time.sleep(max(self._next_at - time.monotonic(), 0.0))


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
