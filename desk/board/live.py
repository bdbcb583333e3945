"""The board as the threads of a server share it: one thread follows Kafka, and others look and wait."""

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from secrets import token_hex
from threading import Condition, Event
from typing import Final

import msgspec
from confluent_kafka import Consumer

from desk.board.board import Board, BoardChange, BoardEntry, TeamCounts
from desk.board.records import take_record
from desk.board.start import lag_of, load, partitions_of, start_places
from runtime.kafka.options import consumer_options
from runtime.service.backoff import Backoff
from runtime.service.clock import Clock
from runtime.service.liveness import Liveness
from schemas.errors import ServerUnreachableError, StaylineError
from schemas.moments import from_ms
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from sinks.clickhouse.client import open_client

_MESSAGES_A_POLL: Final = 500
_POLL_SECONDS: Final = 0.05
_LOOK_SECONDS: Final = 5.0
_EXPIRE_SECONDS: Final = 1.0
_TELL_SECONDS: Final = 0.2
"""Listeners are told at most so often: with hundreds of open pages, every change would wake as many."""

_LONGEST_PAUSE_SECONDS: Final = 5.0
_RUN_BYTES: Final = 4

_STUCK_SECONDS: Final = 120.0
"""Longer than reading the tables takes: a board that has not looked at Kafka for so long stands still."""

_LOG: Final = logging.getLogger(__name__)

Listener = Callable[[], None]


class BoardNews(msgspec.Struct, frozen=True):
    """Changes since a place in the stream of changes.

    Attributes:
        place: Place from which to ask next, an opaque name for the id of a server-sent event.
        changes: The changes, in order; None if not all are known any more, so that the page must be read anew.
    """

    place: str
    changes: tuple[BoardChange, ...] | None


class LiveBoard:
    """Follows Kafka from where ClickHouse's tables end, and begins anew when its topics have grown."""

    def __init__(
        self,
        kafka: KafkaSettings,
        clickhouse: ClickHouseSettings,
        application_id: str,
        clock: Clock = Clock(),  # noqa: B008 - frozen
    ) -> None:
        """Begin empty; ``run`` fills it.

        Args:
            kafka: Where Kafka is.
            clickhouse: Where the tables are.
            application_id: Names the sink's group, whose offsets say how far the tables reach.
            clock: The present.
        """
        self._kafka, self._clickhouse, self._application_id, self._clock = kafka, clickhouse, application_id, clock
        self._board, self._moved = Board(), Condition()
        self._run_id, self._reached = token_hex(_RUN_BYTES), dict[tuple[str, int], int]()
        self._listeners: list[Listener] = []
        self._partitions: dict[str, int] = {}
        self._trouble, self._is_ready = "the board is being read", False
        self._liveness = Liveness(clock.seconds(), _STUCK_SECONDS)
        self.lag = 0
        """Number of records that have not been read yet, as of the last look some seconds ago."""
        self.passed_at = 0.0
        """Unix time of the last look at Kafka, whatever it answered, seconds; 0 before the first."""

    @property
    def trouble(self) -> str:
        """One line on why the board may be behind; empty if it is not."""
        return self._trouble

    @property
    def is_ready(self) -> bool:
        """True once the board has been filled."""
        return self._is_ready

    @property
    def stuck(self) -> str | None:
        """One line on why the process must be restarted; None while the board's thread goes on."""
        seconds = self._liveness.stuck_for(self._clock.seconds())
        return None if seconds is None else f"the board has not looked at Kafka for {seconds:.0f} s"

    def run(self, stop: Event) -> None:
        """Follow Kafka until ``stop`` is set; whatever keeps it from that is said and tried again."""
        backoff = Backoff(_LONGEST_PAUSE_SECONDS)
        while not stop.is_set():
            self._pass()
            consumer = Consumer(consumer_options(self._kafka, f"{self._application_id}-desk"))
            try:
                self._begin(consumer)
                backoff.reset()
                self._follow(consumer, stop)
            except StaylineError as error:
                self._note_trouble(str(error))
                stop.wait(backoff.take())
            finally:
                consumer.close()

    def queue(self, teams: Collection[str] | None, now: datetime) -> list[BoardEntry]:
        """Return what is to be done now; see :meth:`Board.queue`."""
        with self._moved:
            return self._board.queue(teams, now)

    def waiting(self, teams: Collection[str] | None, now: datetime) -> list[BoardEntry]:
        """Return what is put off; see :meth:`Board.waiting`."""
        with self._moved:
            return self._board.waiting(teams, now)

    def counts(self, teams: Collection[str] | None, now: datetime, day_began: datetime) -> TeamCounts:
        """Return the numbers above a queue; see :meth:`Board.counts`."""
        with self._moved:
            return self._board.counts(teams, now, day_began)

    def entry(self, decision_id: str) -> BoardEntry | None:
        """Return a decision that stands, or None."""
        with self._moved:
            return self._board.entry(decision_id)

    @property
    def place(self) -> str:
        """The present place in the stream of changes."""
        with self._moved:
            return self._place()

    def news(self, place: str) -> BoardNews:
        """Return what changed since a place in the stream of changes.

        Args:
            place: As given by an earlier call or ``Last-Event-ID``; one of an earlier process knows no changes.
        """
        run, _, number = place.partition("-")
        with self._moved:
            is_ours = run == self._run_id and number.isascii() and number.isdigit()
            changes = self._board.changes_after(int(number)) if is_ours else None
            return BoardNews(self._place(), None if changes is None else tuple(changes))

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """Call a function after every change while the block runs; from another thread, so it must return at once."""
        with self._moved:
            self._listeners.append(listener)
        try:
            yield
        finally:
            with self._moved:
                self._listeners.remove(listener)

    def wait_for(self, topic: str, partition: int, offset: int, seconds: float) -> bool:
        """Wait until a record has been taken, so that whoever wrote it sees what follows; False if it was not in time.

        Args:
            topic: Its topic.
            partition: Its partition.
            offset: Its offset.
            seconds: How long to wait at most.
        """
        with self._moved:
            return self._moved.wait_for(lambda: self._reached.get((topic, partition), -1) >= offset, seconds)

    def _place(self) -> str:
        return f"{self._run_id}-{self._board.number}"

    def _now(self) -> datetime:
        return from_ms(self._clock.now_ms())

    def _begin(self, consumer: Consumer) -> None:
        """Fill a new board, and go on from where ClickHouse ends."""
        now, board = self._now(), Board()
        self._partitions = partitions_of(consumer)
        places = start_places(self._kafka, self._application_id, consumer, self._partitions, now)
        self._pass()
        with open_client(self._clickhouse) as client:
            load(board, client, now)
        consumer.assign(places)
        with self._moved:
            self._board, self._run_id, self._reached = board, token_hex(_RUN_BYTES), {}
            self._is_ready, self._trouble = True, ""
        self._tell()
        _LOG.info("the board is read; following %d partitions", len(places))

    def _follow(self, consumer: Consumer, stop: Event) -> None:
        expired = looked = told_at = self._clock.seconds()
        told = self._board.number
        while not stop.is_set():
            messages = consumer.consume(_MESSAGES_A_POLL, _POLL_SECONDS)
            self._pass()
            seconds = self._clock.seconds()
            with self._moved:
                for message in messages:
                    if message.error() is None:
                        take_record(self._board, message, self._now())
                        place = (message.topic() or "", message.partition() or 0)
                        self._reached[place] = message.offset() or 0
                if seconds - expired >= _EXPIRE_SECONDS:
                    self._board.expire(self._now())
                    expired = seconds
                self._moved.notify_all()
            if self._board.number != told and seconds - told_at >= _TELL_SECONDS:
                told, told_at = self._board.number, seconds
                self._tell()
            if seconds - looked >= _LOOK_SECONDS:
                looked = seconds
                self.lag = lag_of(consumer)
                if self._has_grown(consumer):
                    return

    def _has_grown(self, consumer: Consumer) -> bool:
        """Return True if a topic has more partitions than are followed; note whether Kafka answers at all."""
        try:
            grown = partitions_of(consumer) != self._partitions
        except ServerUnreachableError as error:
            self._note_trouble(str(error))
            return False
        self._note_trouble("")
        return grown

    def _pass(self) -> None:
        self._liveness.progress(self._clock.seconds())
        self.passed_at = self._clock.now_ms() / 1000

    def _note_trouble(self, line: str) -> None:
        if line and line != self._trouble:
            _LOG.warning("the board may be behind: %s", line)
        self._trouble = line

    def _tell(self) -> None:
        with self._moved:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()
