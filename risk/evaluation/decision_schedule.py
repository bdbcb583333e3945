"""Decision schedules of a backtest: moments at which risks are wanted; at purchases, on a calendar, or given."""

from calendar import monthrange
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from customers.state import Customer
from schemas.moments import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Decision:
    """A customer and a moment at which its risk is wanted.

    Attributes:
        at: ms since 1970.
        customer_id: Id of the customer.
    """

    at: int
    customer_id: str


class DecisionSchedule:
    """Moments at which risks are wanted, each popped once; the base class has none.

    Attributes:
        of_everyone: True if the customers of a moment depend on the states of all customers then.
    """

    of_everyone: bool = False

    def start(self, first: int) -> None:
        """Receive the stamp of the first event, ms since 1970."""

    def note_purchase(self, at: int, customer_id: str) -> None:
        """Receive a purchase with its stamp, ms since 1970."""

    def next_at(self) -> int | None:
        """Return the next moment, ms since 1970; None if there is none for now."""
        return None

    def pop(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        """Remove a moment, and return the customers to be scored at it."""
        del at, customers
        return []

    def end_after(self, last: int) -> int:
        """Return the instant up to which time goes on after the last event; both in ms since 1970."""
        return last


class AtPurchases(DecisionSchedule):
    """After each purchase, at its stamp; several of one customer at one moment are one decision."""

    def __init__(self) -> None:
        """Start without purchases."""
        self._buyers: dict[int, dict[str, None]] = {}

    def note_purchase(self, at: int, customer_id: str) -> None:
        """Add a decision at a purchase; moments come in order."""
        self._buyers.setdefault(at, {})[customer_id] = None

    def next_at(self) -> int | None:
        """Return the first moment of a purchase that was not popped yet."""
        return next(iter(self._buyers), None)

    def pop(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        """Return the customers who bought at that moment, in the order of the history."""
        del customers
        return list(self._buyers.pop(at))


class OnCalendar(DecisionSchedule):
    """Everyone who has bought so far, every Monday or on the first of every month, at midnight UTC.

    The first such midnight is the one after the first event; events stamped at a midnight count. There are no decisions
    after the last event.
    """

    of_everyone = True

    def __init__(self, every: Literal["week", "month"]) -> None:
        """Start before the first event."""
        self._every = every
        self._next: int | None = None

    def start(self, first: int) -> None:
        """Start with the midnight after the first event."""
        self._next = self._after(first)

    def next_at(self) -> int | None:
        """Return the next midnight; None before the first event."""
        return self._next

    def pop(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        """Return the customers who have bought, in the order of their first events."""
        self._next = self._after(at)
        return [customer_id for customer_id, customer in customers.items() if customer.purchases]

    def _after(self, at: int) -> int:
        midnight = from_ms(at).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self._every == "week":
            return to_ms(midnight + timedelta(days=7 - midnight.weekday()))
        days = monthrange(midnight.year, midnight.month)[1]
        return to_ms(datetime(midnight.year, midnight.month, 1, tzinfo=UTC) + timedelta(days=days))


class AtMoments(DecisionSchedule):
    """Given decisions, each once, in time order; those of one moment keep their order.

    A decision after the last event states that nothing happened in between: time goes on until then, silent customers
    are reviewed and their questions answered, just as live. So a history cut at a moment gives the same risk at that
    moment as the whole history.
    """

    def __init__(self, decisions: Iterable[Decision]) -> None:
        """Sort the decisions by time."""
        self._waiting = deque(sorted(decisions, key=lambda decision: decision.at))
        self._last = self._waiting[-1].at if self._waiting else 0

    def next_at(self) -> int | None:
        """Return the next given moment, ms since 1970."""
        return self._waiting[0].at if self._waiting else None

    def pop(self, at: int, customers: Mapping[str, Customer]) -> list[str]:
        """Return the customers given for a moment."""
        del customers
        popped = []
        while self._waiting and self._waiting[0].at == at:
            popped.append(self._waiting.popleft().customer_id)
        return popped

    def end_after(self, last: int) -> int:
        """Return the last event or the last decision, whichever is later."""
        return max(last, self._last)


def rounds_of(decisions: Sequence[Decision]) -> Collection[Sequence[int]]:
    """Return the indices of decisions in rounds, of which each has one decision per customer, in order."""
    rounds: defaultdict[int, list[int]] = defaultdict(list)
    asked: Counter[str] = Counter()
    for index, decision in enumerate(decisions):
        rounds[asked[decision.customer_id]].append(index)
        asked[decision.customer_id] += 1
    return rounds.values()
