"""Turns raw messages into pages, dead letters, offsets and the clock. It knows no Kafka client."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from schemas.events.dead_letter import Refusal, dead_letter_of, encode_dead_letter
from schemas.events.decode import decode
from schemas.events.forgetting import Forgettings, customers_named_in
from schemas.events.interaction import Interaction, Origin, Rates, encode_interaction
from schemas.events.raw_events import FEEDS
from schemas.moments import from_ms
from schemas.pages.page import PARTS_PARTITION, Page, encode_headers, encode_lines
from schemas.pages.watermark import Progress, slowest
from schemas.settings.processes import IntakeSettings
from schemas.trace import trace_id_of
from streams.intake.clock import CompleteHours, SourceClock, SourcePosition
from streams.intake.outgoing_batch import DeadLetterOut, OutgoingBatch, PageOut, RawMessage
from streams.intake.paging import Lines, PageBuilder
from streams.intake.partition import caching_partitioner

MAX_KEY_BYTES: Final = 64 * 1024
"""A longer key of a refused message is cut here, so that its dead letter stays below what a producer may send."""


_NO_HOURS: Final = CompleteHours()


class _ClockReport(msgspec.Struct, frozen=True):
    """The clock as the pages of a batch carry it, with the hours that it completes."""

    clock: int
    progress: Progress
    hours: CompleteHours = _NO_HOURS


class Intake:
    """Decodes, refuses and pages messages; holds what waits for the next batch, and nothing more."""

    def __init__(
        self,
        *,
        source: str,
        settings: IntakeSettings,
        rates: Rates,
        raw_partitions: Mapping[str, int],
        interactions_partitions: int,
    ) -> None:
        """Start without partitions.

        Args:
            source: This intake's name, written on its pages.
            settings: Limits.
            rates: Worth of the accepted currencies in the reporting currency.
            raw_partitions: How many partitions each raw topic has.
            interactions_partitions: How many partitions customers are spread over.
        """
        self.clock: Final = SourceClock(raw_partitions, idle_ms=int(settings.idle_seconds * 1000))
        self.forgettings = Forgettings()
        """Customers of whom nothing old is taken in."""
        self._source = source
        self._rates = rates
        self._max_event_bytes = settings.max_event_bytes
        self._heartbeat_ms = settings.heartbeat_milliseconds
        self._partition_of = caching_partitioner(interactions_partitions)
        self._pages = PageBuilder(max_lines=settings.page_lines, max_bytes=settings.page_bytes)
        # Customer partitions with a line of an action taken or a judgement.
        self._telling: set[int] = set()
        self._dead_letters: list[DeadLetterOut] = []
        self._dead_letters_bytes = 0
        self._events: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()
        self._last_report = _ClockReport(0, {})
        self._next_report = self._last_report
        # What was sent to each partition last, and when; and the same once the batch in flight is committed.
        self._last_sent: list[tuple[float, Progress]] = [(0.0, {})] * interactions_partitions
        self._next_sent = self._last_sent

    @property
    def held_bytes(self) -> int:
        """Return the bytes that wait for the next batch."""
        return self._pages.held_bytes + self._dead_letters_bytes

    def take(self, messages: Iterable[RawMessage], now_ms: int) -> None:
        """Turn messages into lines or dead letters, which wait for the next batch.

        Args:
            messages: In the order of their partitions.
            now_ms: The wall clock.
        """
        stamp_of, partition_of, add = self.clock.stamp, self._partition_of, self._pages.add
        rates, max_bytes, events, owned = self._rates, self._max_event_bytes, self._events, self.clock.owned
        for message in messages:
            topic, partition, offset = message.topic() or "", message.partition() or 0, message.offset() or 0
            stamp = stamp_of(topic, partition, offset, message.timestamp()[1], now_ms)
            if stamp is None:
                continue
            events[topic] += 1
            headers = message.headers()
            origin = Origin(topic, partition, offset, from_ms(stamp), trace_id_of(headers) if headers else "")
            outcome = decode(_bytes_of(message.value()), origin, rates, max_bytes)
            if self.forgettings.may_cover(topic, partition, offset) and self._is_forgotten(outcome, message, origin):
                continue
            if isinstance(outcome, Refusal):
                self._refuse(outcome, origin, message)
            else:
                target = partition_of(outcome.customer_id)
                add(target, encode_interaction(outcome))
                if topic in FEEDS:
                    owned[topic, partition].count(outcome.channel, outcome.campaign)
                else:
                    self._telling.add(target)

    def cut_batch(self, now_ms: int, *, final: bool = False) -> OutgoingBatch | None:
        """Return all that waits with the clock that covers it, and heartbeats where they are due.

        Args:
            now_ms: The wall clock.
            final: This intake ends, so that all partitions get its last clock at once.

        Returns:
            The batch; ``batch_committed`` or ``rewind`` must follow. None where there is nothing to send.
        """
        progress = self.clock.readings(now_ms)
        hours = self.clock.take_complete_hours(progress)
        self._next_report = _ClockReport(max(self._last_report.clock, _clock_of(progress)), progress, hours)
        self._next_sent = list(self._last_sent)
        lines = self._pages.held_lines
        pages = self._write_pages(now_ms) + self._heartbeats(now_ms, final=final)
        moved = any(raw.moved for raw in self.clock.owned.values())
        if not moved and not pages:
            return None
        self.clock.claim(progress)
        positions = self._positions()
        if not positions:
            return None
        batch = OutgoingBatch(
            pages, self._dead_letters, positions, lines, self._next_report.clock, self._events, self._refusals
        )
        self._clear()
        return batch

    def batch_committed(self) -> None:
        """Take the last batch for committed."""
        self.clock.commit()
        # Complete hours are told once, by every partition's last page of the batch.
        self._last_report = msgspec.structs.replace(self._next_report, hours=_NO_HOURS)
        self._last_sent = self._next_sent

    def rewind(self) -> list[SourcePosition]:
        """Drop the last batch and all that waits, and return where to read on."""
        self.clock.rewind()
        self._clear()
        return list(self.clock.positions())

    def release(self) -> None:
        """Give up all partitions: drop what waits, and never again repeat a clock of theirs."""
        self.clock.release()
        self._clear()
        self._last_report = _ClockReport(self._last_report.clock, {})
        self._last_sent = [(at, {}) for at, _ in self._last_sent]

    def _is_forgotten(self, outcome: Interaction | Refusal, message: RawMessage, origin: Origin) -> bool:
        if isinstance(outcome, Refusal):
            named = customers_named_in(_bytes_of(message.key()), _bytes_of(message.value()))
        else:
            named = {outcome.customer_id}
        return self.forgettings.covers(named, origin.topic, origin.partition, origin.offset)

    def _refuse(self, refusal: Refusal, origin: Origin, message: RawMessage) -> None:
        letter = dead_letter_of(
            refusal,
            topic=origin.topic,
            partition=origin.partition,
            offset=origin.offset,
            refused_at=origin.stamped_at,
            key=_bytes_of(message.key())[:MAX_KEY_BYTES],
            value=_bytes_of(message.value()),
        )
        key = f"{origin.topic}/{origin.partition}/{origin.offset}".encode()
        value = encode_dead_letter(letter)
        self._dead_letters.append(DeadLetterOut(key, value))
        self._dead_letters_bytes += len(value)
        self._refusals[refusal.reason] += 1

    def _positions(self) -> list[SourcePosition]:
        """Return the partitions that moved or were claimed to be read up to now, else one as proof of membership.

        A claim is a promise about messages still to come, so the intake that reads on must know of it: a message may
        be on its way to Kafka for seconds, while a leader changes, and bear a time from before the claim. And it is
        the generation of the member who commits offsets that the broker checks.
        """
        known = [one for one in self.clock.positions() if one.position is not None]
        changed = [one for one in known if self.clock.owned[one.topic, one.partition].changed]
        return changed or known[:1]

    def _write_pages(self, now_ms: int) -> list[PageOut]:
        """Write the pages; only a partition's last page may carry the clock that covers all its lines."""
        pages: list[PageOut] = []
        for partition, cuts in self._pages.take().items():
            self._next_sent[partition] = (now_ms, self._next_report.progress)
            pages += [self._page(partition, lines, self._last_report) for lines in cuts[:-1]]
            pages.append(self._page(partition, cuts[-1], self._next_report))
        return pages

    def _heartbeats(self, now_ms: int, *, final: bool) -> list[PageOut]:
        beats: list[PageOut] = []
        for partition, (sent_at, sent) in enumerate(self._next_sent):
            due = final or self._next_report.hours.topics or now_ms - sent_at >= self._heartbeat_ms
            if due and sent != self._next_report.progress:
                self._next_sent[partition] = (now_ms, self._next_report.progress)
                beats.append(self._page(partition, [], self._next_report))
        return beats

    def _page(self, partition: int, lines: Lines, report: _ClockReport) -> PageOut:
        hours, tells = report.hours, bool(lines) and partition in self._telling
        parts = hours.parts if partition == PARTS_PARTITION else {}
        page = Page(
            self._source, len(lines), report.clock, report.progress, hours=hours.topics, parts=parts, tells=tells
        )
        return PageOut(partition, encode_lines(lines), encode_headers(page))

    def _clear(self) -> None:
        self._pages.clear()
        self._telling = set()
        self._dead_letters = []
        self._dead_letters_bytes = 0
        self._events = Counter()
        self._refusals = Counter()


def _bytes_of(value: str | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b"" if value is None else value.encode()


def _clock_of(progress: Progress) -> int:
    return slowest(reading for readings in progress.values() for reading in readings if reading is not None)
