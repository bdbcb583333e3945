"""Where pages get their data: functions that the process binds to its servers, and tests to rows of their own."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from desk.board.board import BoardEntry, TeamCounts
from desk.board.live import BoardNews, Listener
from desk.reading.rows import CustomerPage, TimelineEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSources:
    """What is read for pages; each function waits for a server and raises ``ServerUnreachableError`` if it is away.

    Attributes:
        customer: Returns what is known of a customer at a moment; None if nothing is.
        older: Returns events of a customer before a moment, so many at most, the latest first.
        find: Returns the ids of customers that begin with some text, in their order, a few at most.
    """

    customer: Callable[[str, datetime], CustomerPage | None]
    older: Callable[[str, datetime, int], Sequence[TimelineEntry]]
    find: Callable[[str], Sequence[str]]


class SharedBoard(Protocol):
    """The board as pages use it; see :class:`desk.board.live.LiveBoard`."""

    @property
    def trouble(self) -> str:
        """One line on why the board may be behind; empty if it is not."""

    @property
    def place(self) -> str:
        """The present place in the stream of changes."""

    def queue(self, teams: Collection[str] | None, now: datetime) -> list[BoardEntry]:
        """Return what is to be done now."""

    def waiting(self, teams: Collection[str] | None, now: datetime) -> list[BoardEntry]:
        """Return what is put off."""

    def counts(self, teams: Collection[str] | None, now: datetime, day_began: datetime) -> TeamCounts:
        """Return the numbers above a queue."""

    def entry(self, decision_id: str) -> BoardEntry | None:
        """Return a decision that stands, or None."""

    def news(self, place: str) -> BoardNews:
        """Return what changed since a place."""

    def listening(self, listener: Listener) -> AbstractContextManager[None]:
        """Call a function after every change while the block runs."""

    def wait_for(self, topic: str, partition: int, offset: int, seconds: float) -> bool:
        """Wait until a record has been taken."""
