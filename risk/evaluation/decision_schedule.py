"""When risks are wanted in a backtest: at purchases, on a calendar, or at given moments."""

from calendar import monthrange
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from customers.state import Customer
from schemas.moments import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Decision:
    """A moment at which a risk is wanted.

    Attributes:
        at: ms since 1970.
        customer_id: Whose.
    """

    at: int
    customer_id: str


class DecisionSchedule:
    """Moments at which risks are wanted, each of which is taken once; this one wants none.

    Attributes:
        of_everyone: Whether who is asked about depends on how everyone stands then.
    """

    of_everyone: bool = False

    def begin(self, first: int) -> None:
        """Hear of the first event's stamp."""

    def note_purchase(self, at: int, customer_id: str) -> None:
        """Hear of a purchase stamped ``at``."""

    def next_at(self) -> int | None:
        """The next moment, ms since 1970; None where there is none for now."""
        return None

    def take(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        """The customers to be scored at that moment, which is then over."""
        del at, customers
        return []

    def ends(self, last: int) -> int:
        """How far time goes on, if the last event is stamped ``last``."""
        return last


class AtPurchases(DecisionSchedule):
    """After each purchase, at its stamp; several of one customer at one moment are one decision."""

    def __init__(self) -> None:
        """Begin with none."""
        self._buyers: dict[int, dict[str, None]] = {}

    def note_purchase(self, at: int, customer_id: str) -> None:
        """Want a risk at this moment, which is no earlier than those noted before."""
        self._buyers.setdefault(at, {})[customer_id] = None

    def next_at(self) -> int | None:
        """The first moment of purchases that were not taken yet."""
        return next(iter(self._buyers), None)

    def take(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        """All who bought then, in the order of the history."""
        del customers
        return list(self._buyers.pop(at))


class OnCalendar(DecisionSchedule):
    """Everyone who has bought so far, every Monday or on the first of every month, at midnight UTC.

    The first such midnight is the one after the first event; events stamped at a midnight count. Nothing is asked
    after the last event.
    """

    of_everyone = True

    def __init__(self, every: Literal["week", "month"]) -> None:
        """Begin before the first event."""
        self._every = every
        self._next: int | None = None

    def begin(self, first: int) -> None:
        """Begin with the midnight after the first event."""
        self._next = self._after(first)

    def next_at(self) -> int | None:
        """The next midnight; none before the first event."""
        return self._next

    def take(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        """Everyone who has bought, in the order of their first events."""
        self._next = self._after(at)
        return [customer_id for customer_id, customer in customers.items() if customer.purchases]

    def _after(self, at: int) -> int:
        midnight = from_ms(at).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self._every == "week":
            return to_ms(midnight + timedelta(days=7 - midnight.weekday()))
        days = monthrange(midnight.year, midnight.month)[1]
        return to_ms(datetime(midnight.year, midnight.month, 1, tzinfo=UTC) + timedelta(days=days))


class AtMoments(DecisionSchedule):
    """Exactly the given decisions, each once, by time; those of one moment keep their order.

    Who asks about a moment after the last event says that nothing happened in between: time goes on until then, the
    silent are reviewed and their questions answered, just as they would have been live. So a history cut at a moment
    gives the answer for that moment that the whole history gives.
    """

    def __init__(self, decisions: Iterable[Decision]) -> None:
        """Sort them by time."""
        self._waiting = deque(sorted(decisions, key=lambda decision: decision.at))
        self._last = self._waiting[-1].at if self._waiting else 0

    def next_at(self) -> int | None:
        """The next given moment."""
        return self._waiting[0].at if self._waiting else None

    def take(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        """The customers given for it."""
        del customers
        taken = []
        while self._waiting and self._waiting[0].at == at:
            taken.append(self._waiting.popleft().customer_id)
        return taken

    def ends(self, last: int) -> int:
        """Until the last decision, if that comes after the last event."""
        return max(last, self._last)
