"""Sources of the data of pages: functions that the process binds to its servers, and tests to rows of their own."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from desk.board.board import BoardEntry, TeamCounts
from desk.board.live import BoardNews, Listener
from desk.reading.effects import DepthGain, MeasuredEffect, MeasuredReturn, RuleUse
from desk.reading.groups import CustomerFilter, CustomerGroup, ListedCustomer
from desk.reading.rows import CustomerPage, TimelineEntry
from desk.reading.trust import JudgementHits, QualityDay


@dataclass(frozen=True, slots=True)
class EffectFigures:
    """All that the page shows, as it is read.

    Attributes:
        effects: Effects of actions: over all decisions, by segment and by week.
        returns: Margin beside cost, that of all actions first.
        depths: Gain at each depth.
        days: Quality of the risks by day, the latest first.
        hits: People beside the model, everybody together first.
    """

    effects: Sequence[MeasuredEffect] = ()
    returns: Sequence[MeasuredReturn] = ()
    depths: Sequence[DepthGain] = ()
    days: Sequence[QualityDay] = ()
    hits: Sequence[JudgementHits] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSources:
    """Reads of pages; each function waits for a server and raises ``ServerUnreachableError`` if it is away.

    Attributes:
        customer: Returns what is known of a customer at a moment; None if nothing is.
        older: Returns events of a customer before a moment, so many at most, the latest first.
        find: Returns the ids of customers that begin with some text, in their order, a few at most.
        effects: Returns what acting brought, and how far risks can be trusted.
        action_effects: Returns what each action brought, over all decisions.
        rule_uses: Returns how often each rule decided.
        groups: Returns the groups of customers.
        listed: Returns customers of a group, so many at most, from a place in its order.
    """

    customer: Callable[[str, datetime], CustomerPage | None]
    older: Callable[[str, datetime, int], Sequence[TimelineEntry]]
    find: Callable[[str], Sequence[str]]
    effects: Callable[[], EffectFigures]
    action_effects: Callable[[], Sequence[MeasuredEffect]]
    rule_uses: Callable[[], Sequence[RuleUse]]
    groups: Callable[[], Sequence[CustomerGroup]]
    listed: Callable[[CustomerFilter, int, int], Sequence[ListedCustomer]]


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
