"""When risks are wanted in a backtest: at purchases, on a calendar, or at given moments."""

from calendar import monthrange
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from customers.state import Customer
from risk.backtest import Decision, Timetable
from schemas.moments import from_ms, to_ms


class AtPurchases(Timetable):
    """After each purchase; two at one moment are one decision."""

    def __init__(self) -> None:
        """Begin with none."""
        self._waiting: deque[Decision] = deque()
        self._seen: set[str] = set()

    def note_purchase(self, at: int, customer_id: str) -> None:
        """Want a risk after it."""
        if self._waiting and self._waiting[-1].at != at:
            self._seen.clear()
        if customer_id not in self._seen:
            self._seen.add(customer_id)
            self._waiting.append(Decision(at, customer_id))

    def next_at(self, customers: dict[str, Customer]) -> int | None:
        """The oldest purchase that was not taken yet."""
        del customers
        return self._waiting[0].at if self._waiting else None

    def take(self, at: int, customers: dict[str, Customer]) -> list[str]:
        """All who bought then."""
        del customers
        taken = []
        while self._waiting and self._waiting[0].at == at:
            taken.append(self._waiting.popleft().customer_id)
        if not self._waiting:
            self._seen.clear()
        return taken


class OnCalendar(Timetable):
    """All who have bought so far: every Monday, or on the first of every month, at midnight UTC."""

    def __init__(self, every: Literal["week", "month"]) -> None:
        """Begin with the first such midnight after the first event."""
        self._every = every
        self._next: int | None = None

    def next_at(self, customers: dict[str, Customer]) -> int | None:
        """The next midnight; none before the first event."""
        if self._next is None and customers:
            first = next(iter(customers.values()))
            self._next = self._after(first.pending[0].stamp if first.pending else first.clock)
        return self._next

    def take(self, at: int, customers: dict[str, Customer]) -> list[str]:
        """Everyone who has bought."""
        self._next = self._after(at)
        return [customer_id for customer_id, customer in customers.items() if customer.purchases]

    def _after(self, at: int) -> int:
        midnight = from_ms(at).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self._every == "week":
            return to_ms(midnight + timedelta(days=7 - midnight.weekday()))
        days = monthrange(midnight.year, midnight.month)[1]
        return to_ms(datetime(midnight.year, midnight.month, 1, tzinfo=UTC) + timedelta(days=days))


class AtMoments(Timetable):
    """Exactly the given decisions."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        """Sort them by time; those of one moment keep their order."""
        self._waiting = deque(sorted(decisions, key=lambda decision: decision.at))

    def next_at(self, customers: dict[str, Customer]) -> int | None:
        """The next given moment."""
        del customers
        return self._waiting[0].at if self._waiting else None

    def take(self, at: int, customers: dict[str, Customer]) -> list[str]:
        """The customers given for it."""
        del customers
        taken = []
        while self._waiting and self._waiting[0].at == at:
            taken.append(self._waiting.popleft().customer_id)
        return taken
