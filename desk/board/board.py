"""The decisions that stand, what people have done about them, and what changed: a fold over records and events."""

from collections import deque
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from desk.board.handling import Handling, handling_of
from desk.reading.decisions import KeptBack
from desk.reading.handling import FINAL_RESULTS, FinishedWork, HandlingEvent
from schemas.records.alert import Alert
from schemas.records.decisions import RetentionDecision

_MOST_CHANGES: Final = 10_000
_MOST_EVENTS: Final = 200
_KEPT_FOR: Final = timedelta(days=2)
"""Results, and events of decisions that are not on the board, are kept so long."""

_NONE: Final = "none"

ChangeKind = Literal["arrived", "handled", "ended"]


class BoardChange(msgspec.Struct, frozen=True):
    """A change of the board.

    Attributes:
        number: One more than that of the change before.
        kind: ``arrived``: a new decision; ``handled``: somebody did something about it; ``ended``: it stands no more.
        decision_id: The decision.
        team: Who is to carry it out.
    """

    number: int
    kind: ChangeKind
    decision_id: str
    team: str


class BoardEntry(msgspec.Struct, frozen=True):
    """A decision on the board, and what people have done about it."""

    decision: RetentionDecision
    handling: Handling = Handling()

    @property
    def begins_at(self) -> datetime:
        """Moment from which on it is in the queue, UTC."""
        return max(self.decision.do_after, self.handling.comes_back_at or self.decision.do_after)


class TeamCounts(msgspec.Struct, frozen=True):
    """Numbers above a queue.

    Attributes:
        open: Decisions in the queue now.
        waiting: Decisions that are put off, or to be tried again later.
        finished: Decisions with a final result since the beginning of the day.
        finished_by_person: The same by person.
        kept_back: Decisions that are held out for measurement; nobody is told which.
    """

    open: int
    waiting: int
    finished: int
    finished_by_person: dict[str, int]
    kept_back: int


class Board:
    """Holds what stands now; memory is bounded by what stands, two days of results, and 10,000 changes."""

    def __init__(self) -> None:
        """Begin empty."""
        self._entries: dict[str, BoardEntry] = {}
        self._events: dict[str, dict[int, HandlingEvent]] = {}
        self._over: dict[str, datetime] = {}
        self._kept_back: dict[str, KeptBack] = {}
        self._finished: dict[str, FinishedWork] = {}
        self._changes: deque[BoardChange] = deque(maxlen=_MOST_CHANGES)
        self._number = 0
        self._looked_at: datetime | None = None

    @property
    def number(self) -> int:
        """Number of the latest change."""
        return self._number

    def take_decision(self, decision: RetentionDecision, now: datetime) -> None:
        """Take a decision from the log or the table; a repeat changes nothing.

        Args:
            decision: The decision; of a ghost only a number is kept.
            now: The present, UTC.
        """
        name = decision.decision_id
        if decision.action == _NONE or decision.due_by <= now or name in self._over or name in self._entries:
            return
        if decision.held_out:
            self._kept_back[name] = KeptBack(name, decision.customer_id, decision.team, decision.due_by)
            return
        entry = BoardEntry(decision, handling_of(self._events.get(name, {}).values()))
        self._entries[name] = entry
        self._note_finished(entry)
        if entry.begins_at <= now:
            self._note("arrived", entry)

    def take_alert(self, alert: Alert, now: datetime) -> None:
        """Take the alert of a decision: where it is cleared, the decision stands no more.

        Args:
            alert: Any alert.
            now: The present, UTC.
        """
        if alert.decision_id and alert.state == "cleared":
            self._over[alert.decision_id] = now
            self._end(alert.decision_id)

    def take_event(self, event: HandlingEvent) -> None:
        """Take what somebody did about a decision; order and repeats do not matter."""
        events = self._events.setdefault(event.decision_id, {})
        if event.offset in events:
            return
        events[event.offset] = event
        if len(events) > _MOST_EVENTS:
            del events[min(events)]
        entry = self._entries.get(event.decision_id)
        if entry is None:
            return
        changed = BoardEntry(entry.decision, handling_of(events.values()))
        if changed != entry:
            self._entries[event.decision_id] = changed
            self._note_finished(changed)
            self._note("handled", changed)

    def take_kept_back(self, kept: Iterable[KeptBack]) -> None:
        """Take decisions that were held out before the board began."""
        self._kept_back |= {one.decision_id: one for one in kept}

    def take_finished(self, finished: Iterable[FinishedWork]) -> None:
        """Take results of before the board began."""
        for one in finished:
            self._finished.setdefault(one.decision_id, one)

    def forget(self, customer_id: str) -> None:
        """Drop everything about a customer."""
        for name in [name for name, one in self._entries.items() if one.decision.customer_id == customer_id]:
            self._end(name)
        for name in [name for name, one in self._kept_back.items() if one.customer_id == customer_id]:
            del self._kept_back[name]

    def expire(self, now: datetime) -> None:
        """Note what begins, comes back or is claimed no more by now, and drop what is kept no longer.

        Args:
            now: The present, UTC; later than at the call before.
        """
        for name in [name for name, one in self._entries.items() if one.decision.due_by <= now]:
            self._end(name)
        self._note_passed(self._looked_at or now, now)
        self._looked_at = now
        before = now - _KEPT_FOR
        self._kept_back = {name: one for name, one in self._kept_back.items() if one.due_by > now}
        self._finished = {name: one for name, one in self._finished.items() if one.at > before}
        self._over = {name: at for name, at in self._over.items() if at > before}
        self._events = {
            name: events
            for name, events in self._events.items()
            if name in self._entries or any(event.at > before for event in events.values())
        }

    def entry(self, decision_id: str) -> BoardEntry | None:
        """Return a decision that stands, or None."""
        return self._entries.get(decision_id)

    def queue(self, teams: Collection[str] | None, now: datetime) -> list[BoardEntry]:
        """Return what is to be done now, what is expected to bring most beyond its cost first.

        Args:
            teams: Teams whose decisions are wanted; None for all.
            now: The present, UTC.
        """
        open_now = [one for one in self._of(teams, now) if not one.handling.is_waiting(now)]
        return sorted(open_now, key=lambda one: (one.decision.cost - one.decision.expected_gain, one.decision.due_by))

    def waiting(self, teams: Collection[str] | None, now: datetime) -> list[BoardEntry]:
        """Return what is put off or to be tried again, what comes back first at the head; arguments as of ``queue``."""
        put_off = [one for one in self._of(teams, now) if one.handling.is_waiting(now)]
        return sorted(put_off, key=lambda one: (one.handling.comes_back_at or now, one.decision.decision_id))

    def counts(self, teams: Collection[str] | None, now: datetime, day_began: datetime) -> TeamCounts:
        """Return the numbers above a queue.

        Args:
            teams: Teams that are counted; None for all.
            now: The present, UTC.
            day_began: Beginning of the day of whoever asks, UTC.
        """
        entries = list(self._of(teams, now))
        waiting = sum(one.handling.is_waiting(now) for one in entries)
        done = [one for one in self._finished.values() if one.at >= day_began and (teams is None or one.team in teams)]
        by_person: dict[str, int] = {}
        for one in done:
            by_person[one.by] = by_person.get(one.by, 0) + 1
        ghosts = (one for one in self._kept_back.values() if one.due_by > now and (teams is None or one.team in teams))
        return TeamCounts(len(entries) - waiting, waiting, len(done), by_person, sum(1 for _ in ghosts))

    def changes_after(self, number: int) -> list[BoardChange] | None:
        """Return the changes after a number, or None if some of them are not kept any more."""
        if number > self._number or (self._changes and number < self._changes[0].number - 1):
            return None
        newest = min(self._number - number, len(self._changes))
        return [self._changes[place] for place in range(len(self._changes) - newest, len(self._changes))]

    def _of(self, teams: Collection[str] | None, now: datetime) -> Iterable[BoardEntry]:
        for one in self._entries.values():
            decision = one.decision
            is_due = decision.do_after <= now < decision.due_by and not one.handling.result
            if is_due and (teams is None or decision.team in teams):
                yield one

    def _note_passed(self, after: datetime, now: datetime) -> None:
        for one in [one for one in self._entries.values() if not one.handling.result]:
            if after < one.begins_at <= now:
                self._note("arrived", one)
            elif one.handling.claimed_until is not None and after < one.handling.claimed_until <= now:
                self._note("handled", one)

    def _end(self, name: str) -> None:
        self._kept_back.pop(name, None)
        entry = self._entries.pop(name, None)
        if entry is not None:
            self._note("ended", entry)

    def _note_finished(self, entry: BoardEntry) -> None:
        state, decision = entry.handling, entry.decision
        if state.result in FINAL_RESULTS and state.last_at is not None:
            self._finished[decision.decision_id] = FinishedWork(
                decision.decision_id, decision.team, state.last_by, state.last_at
            )

    def _note(self, kind: ChangeKind, entry: BoardEntry) -> None:
        self._number += 1
        change = BoardChange(self._number, kind, entry.decision.decision_id, entry.decision.team)
        self._changes.append(change)
