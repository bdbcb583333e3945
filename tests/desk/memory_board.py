"""A board in memory: the real fold, and events that reach it without Kafka."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import RLock

from desk.board.board import Board, BoardEntry, TeamCounts
from desk.board.live import BoardNews, Listener
from desk.reading.handling import HandlingEvent
from desk.writing.publisher import WrittenAt
from schemas.errors import ServerUnreachableError
from schemas.events.action_events import ActionTaken, Judgement
from schemas.records.alert import Alert
from schemas.records.decisions import RetentionDecision


class MemoryBoard:
    """Board as pages see it, which tests can change."""

    trouble = ""

    def __init__(self, *decisions: RetentionDecision) -> None:
        self._lock = RLock()
        self._listeners: list[Listener] = []
        self.published: dict[str, ActionTaken | Judgement] = {}
        self.is_away = False
        self._begin(decisions)

    def _begin(self, decisions: Collection[RetentionDecision]) -> None:
        self._board, self._run = Board(), f"run{id(object())}"
        self._offset = 0
        for one in decisions:
            self._board.take_decision(one, _now())

    def restart(self, *decisions: RetentionDecision) -> None:
        """Begin anew, as a desk that was away does."""
        self.change(lambda: self._begin(decisions))

    def change(self, change: Callable[[], object]) -> None:
        """Change the board, and tell who listens."""
        with self._lock:
            change()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def arrive(self, decision: RetentionDecision) -> None:
        """Take a new decision."""
        self.change(lambda: self._board.take_decision(decision, _now()))

    def end(self, alert: Alert) -> None:
        """Take the alert that ends a decision."""
        self.change(lambda: self._board.take_alert(alert, _now()))

    def publish(self, event: ActionTaken | Judgement) -> WrittenAt:
        """Take an event as Kafka would, once."""
        if self.is_away:
            raise ServerUnreachableError("Kafka at localhost:9092 did not take the event (no answer in time)")
        with self._lock:
            is_new = event.event_id not in self.published
            self.published.setdefault(event.event_id, event)
        if is_new and isinstance(event, ActionTaken) and event.decision_id:
            self._offset += 1
            handled = HandlingEvent(
                decision_id=event.decision_id,
                offset=self._offset,
                by=event.by,
                at=event.occurred_at,
                result=event.result,
                until=event.until,
                note=event.note,
            )
            self.change(lambda: self._board.take_event(handled))
        return WrittenAt("actions_taken", 0, self._offset)

    @property
    def place(self) -> str:
        """Present place."""
        with self._lock:
            return f"{self._run}-{self._board.number}"

    def queue(self, teams: Collection[str] | None, now: datetime) -> list[BoardEntry]:
        """Return the decisions to be carried out now."""
        with self._lock:
            return self._board.queue(teams, now)

    def waiting(self, teams: Collection[str] | None, now: datetime) -> list[BoardEntry]:
        """Return the decisions that are put off."""
        with self._lock:
            return self._board.waiting(teams, now)

    def counts(self, teams: Collection[str] | None, now: datetime, day_began: datetime) -> TeamCounts:
        """Numbers above a queue."""
        with self._lock:
            return self._board.counts(teams, now, day_began)

    def entry(self, decision_id: str) -> BoardEntry | None:
        """A decision that stands, or None."""
        with self._lock:
            return self._board.entry(decision_id)

    def news(self, place: str) -> BoardNews:
        """Return the changes since a place."""
        run, _, number = place.partition("-")
        with self._lock:
            changes = self._board.changes_after(int(number)) if run == self._run else None
            return BoardNews(self.place, None if changes is None else tuple(changes))

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """Call a function after every change while the block runs."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def wait_for(self, topic: str, partition: int, offset: int, seconds: float) -> bool:
        """Nothing is waited for: what is published is there at once."""
        del topic, partition, offset, seconds
        return True


def _now() -> datetime:
    return datetime.now(UTC)
