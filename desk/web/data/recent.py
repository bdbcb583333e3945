"""Entries of a moment ago, shown until the tables have it."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from desk.reading.rows import TimelineEntry
from schemas.events.action_events import ActionTaken, Judgement

_KEPT_FOR: Final = timedelta(minutes=10)
_MOST: Final = 2_000


class RecentEntries:
    """Entries of this desk by customer, for some minutes; bounded, the oldest go first."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: OrderedDict[str, tuple[str, TimelineEntry]] = OrderedDict()
        self._lock = Lock()

    def add(self, event: ActionTaken | Judgement) -> None:
        """Take an event that was published."""
        entry = _entry(event)
        with self._lock:
            self._entries[event.event_id] = (event.customer_id, entry)
            while len(self._entries) > _MOST:
                self._entries.popitem(last=False)

    def with_recent(
        self, customer_id: str, timeline: Iterable[TimelineEntry], now: datetime
    ) -> tuple[TimelineEntry, ...]:
        """Return a timeline with what it does not have yet, the latest first.

        Args:
            customer_id: Whose timeline it is.
            timeline: What the tables have.
            now: Present time, UTC.
        """
        known = tuple(timeline)
        ids = {entry.id for entry in known}
        with self._lock:
            new = [
                entry
                for customer, entry in self._entries.values()
                if customer == customer_id and entry.id not in ids and now - entry.at < _KEPT_FOR
            ]
        return tuple(sorted((*known, *new), key=lambda one: one.at, reverse=True)) if new else known


def _entry(event: ActionTaken | Judgement) -> TimelineEntry:
    if isinstance(event, ActionTaken):
        return TimelineEntry(
            kind="action_taken",
            at=event.occurred_at,
            id=event.event_id,
            note=event.note,
            by=event.by,
            action=event.action,
            result=event.result,
            decision_id=event.decision_id or "",
        )
    return TimelineEntry(
        kind="judgement",
        at=event.occurred_at,
        id=event.event_id,
        note=event.note,
        by=event.by,
        sentiment=event.sentiment,
        likely_to_leave=event.likely_to_leave,
    )
