"""Publishes a history onto the raw topics, as the upstream teams would have."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final, Literal

import msgspec

from runtime.kafka.admin import require_kafka
from runtime.kafka.delivery import BatchError, UnresolvedError
from runtime.kafka.producer import open_producer
from runtime.service.clock import wall_clock_ms
from runtime.service.signals import Interrupts
from schemas.errors import ServerUnreachableError
from schemas.events.dead_letter import Refusal
from schemas.events.history import HistoryLine, UnroutableError, read_line
from schemas.events.raw_events import customer_id_of
from schemas.events.refuse import sentence_of
from schemas.pages.page import Headers
from schemas.settings.connections import KafkaSettings
from schemas.topics import INTERACTIONS
from schemas.trace import SPAN_ID_BYTES, TRACE_ID_BYTES, traceparent
from streams.publish.rate_limit import RateLimit

Clock = Literal["event", "now"]

_BATCH: Final = 2_000
_TIMEOUT: Final = 60.0


@dataclass(slots=True)
class Published:
    """Counts of what was published.

    Attributes:
        events: Lines that are there.
        bytes: Their length.
        latest_ms: The latest ``occurred_at`` so far, ms since 1970.
        unsure: Lines sent after them, of which Kafka has not said whether they are there.
        passed_over: Number of lines that have no topic, by the reason.
        first_passed_over: First line of each reason, and what is wrong with it.
    """

    events: int = 0
    bytes: int = 0
    latest_ms: int = 0
    unsure: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    first_passed_over: dict[str, str] = field(default_factory=dict)

    def pass_over(self, number: int, refusal: Refusal) -> None:
        """Count a line that has no topic."""
        self.passed_over[refusal.reason] += 1
        self.first_passed_over.setdefault(refusal.reason, f"line {number}: {sentence_of(refusal)}")

    def say_passed_over(self) -> list[str]:
        """Return a line for a person about each reason, with the first line of it."""
        first = self.first_passed_over
        return [f"passed over {count:,} {reason}, first {first[reason]}" for reason, count in self.passed_over.items()]

    def so_far(self) -> str:
        """Return the line for a person whose run ended early."""
        if not self.events and not self.unsure:
            return "nothing was published"
        next_ones = f", the next {self.unsure:,} may be" if self.unsure else ""
        return f"{self.events:,} events are there{next_ones}; sending all of them again counts none twice"


class Publisher:
    """Publishes lines in batches, each visible as a whole where the broker has transactions.

    With the event clock a message's timestamp is its event's own time. A batch that becomes visible at once on all
    raw partitions keeps those times comparable: no reader sees a later event and takes an earlier one for missing.
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
        self.published = Published()
        require_kafka(kafka)
        with self._interrupts.held_back():
            told = self._interrupts.told
            self._producer = open_producer(kafka, f"publish-{name}", told, start_seconds=_TIMEOUT)

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
        """Publish a page again, and return when the broker has it; raises as ``send`` does."""
        with self._interrupts.held_back(), self._batch():
            self._producer.produce(INTERACTIONS, value, partition=partition, headers=headers)

    @contextmanager
    def _batch(self) -> Iterator[None]:
        """Make what is produced in the block visible at its end, all of it or nothing."""
        try:
            with self._producer.batch(_TIMEOUT):
                yield
        except (BatchError, UnresolvedError) as failure:
            raise ServerUnreachableError(
                f"Kafka failed while publishing: {failure.reason}; {self.published.so_far()}"
            ) from None

    def _produce_line(self, line: HistoryLine) -> None:
        timestamp = line.occurred_ms if self._clock == "event" and line.occurred_ms is not None else wall_clock_ms()
        headers = [traceparent(token_hex(TRACE_ID_BYTES), token_hex(SPAN_ID_BYTES))]
        self._producer.produce(line.topic, line.value, _key_of(line.value), timestamp_ms=timestamp, headers=headers)

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
    """Publish the lines of a file; those that have no topic are counted and passed over.

    Args:
        publisher: Where to.
        lines: NDJSON; empty ones are passed over.
        days_per_second: How fast the events' own time may pass at most; as fast as it goes where not given.
        progress: Told after every batch.
    """
    batch: list[HistoryLine] = []
    limit = RateLimit(days_per_second)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = read_line(line)
        except UnroutableError as error:
            publisher.published.pass_over(number, error.refusal)
            continue
        if len(batch) >= _BATCH or limit.must_wait(read.occurred_ms):
            _send(publisher, batch, progress)
            limit.wait()
            batch = []
        batch.append(read)
    _send(publisher, batch, progress)
    return publisher.published


def _key_of(value: bytes) -> bytes | None:
    """A customer's events keep their order where they can; whatever cannot be read goes anywhere."""
    try:
        return customer_id_of(value).encode()
    except (msgspec.DecodeError, UnicodeError):
        return None


def _send(publisher: Publisher, batch: list[HistoryLine], progress: Callable[[Published], None]) -> None:
    if batch:
        publisher.send(batch)
        progress(publisher.published)
