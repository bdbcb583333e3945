"""Profile of a history: the counts from which findings are made, in little memory however long it is."""

from collections.abc import Callable, Iterator
from typing import Final, Generic, TypeVar
from zlib import crc32

from customers.feed.feed_watch import FeedWatch
from customers.feed.holes import Hole
from schemas.events.interaction import Interaction
from schemas.events.raw_events import TOPIC_OF_TYPE, EventType
from schemas.moments import DAY_MS, HOUR_MS, to_ms

_KEPT: Final = 200_000
_HEAVY: Final = 30
_MINUTE_MS: Final = 60_000

Value = TypeVar("Value")


class HashSample(Generic[Value]):
    """Values of all keys, or of those whose hash ends in enough zeros, once there are many.

    Attributes:
        share: One in how many keys is kept.
        kept: Values of the kept keys.
    """

    def __init__(self, limit: int = _KEPT) -> None:
        """Start with no key.

        Args:
            limit: Number of keys above which every second one is dropped.
        """
        self.share = 1
        self.kept: dict[str, Value] = {}
        self._limit = limit

    def update(self, key: str, change: Callable[[Value | None], Value]) -> None:
        """Change the value of a key, if it is one of the kept.

        Args:
            key: Any text.
            change: Given the value, or None for a new key, returns the new one.
        """
        if crc32(key.encode()) % self.share:
            return
        self.kept[key] = change(self.kept.get(key))
        if len(self.kept) > self._limit:
            self.share *= 2
            self.kept = {one: value for one, value in self.kept.items() if crc32(one.encode()) % self.share == 0}

    def number(self) -> int:
        """Return the number of keys, dropped ones included: exact while none is dropped."""
        return len(self.kept) * self.share


class HeavyHitters:
    """Keys that make up a large share of a stream (Misra and Gries, 1982).

    Every key of more than one in ``_HEAVY`` is found; counts are low by at most that share.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._counts: dict[str, int] = {}

    def add(self, key: str) -> None:
        """Count a key."""
        if key in self._counts or len(self._counts) < _HEAVY:
            self._counts[key] = self._counts.get(key, 0) + 1
            return
        self._counts = {one: count - 1 for one, count in self._counts.items() if count > 1}

    def most(self) -> tuple[str, int] | None:
        """Return the key counted most often, with its count; None if there is none."""
        return max(self._counts.items(), key=lambda pair: pair[1], default=None)


class Profile:
    """Counts of a history.

    Attributes:
        events: Number of events by type.
        first: Moment of the earliest event, ms since 1970.
        last: Moment of the latest.
        disordered: Events that lie before an earlier line.
        customers: Number of orders of each customer.
        ids: For each event id, the hash of its first content, and how often it came again with the same and another.
        orders: For each order, the number of its events.
        heaviest: Customers with many orders.
        seconds: Purchases whose moment is not a midnight.
    """

    def __init__(self) -> None:
        """Start with no event."""
        self.events: dict[EventType, int] = {}
        self.first: int | None = None
        self.last = 0
        self.disordered = 0
        self.customers: HashSample[int] = HashSample()
        self.ids: HashSample[tuple[int, int, int]] = HashSample()
        self.orders: HashSample[int] = HashSample()
        self.heaviest = HeavyHitters()
        self.seconds = 0
        self._feed = FeedWatch()

    def add(self, event: Interaction) -> None:
        """Count an event."""
        moment = to_ms(event.occurred_at)
        self.events[event.type] = self.events.get(event.type, 0) + 1
        self.first = moment if self.first is None else min(self.first, moment)
        self.last = max(self.last, moment)
        self.disordered += event.occurred_at < event.stamped_at
        self._feed.count(TOPIC_OF_TYPE[event.type], moment // HOUR_MS)
        content = hash((event.customer_id, moment, event.order_id, event.amount, event.units, len(event.items)))
        fresh = event.event_id not in self.ids.kept
        self.ids.update(event.event_id, lambda before: _seen(before, content))
        self.customers.update(event.customer_id, lambda before: before or 0)
        if event.type == "purchase" and fresh:
            self._add_purchase(event, moment)

    def holes(self) -> Iterator[tuple[str, Hole]]:
        """Yield the raw topics and the spans in which nothing was heard of them."""
        self._feed.pass_to(self.last)
        yield from self._feed.known()

    @property
    def total(self) -> int:
        """Number of events."""
        return sum(self.events.values())

    @property
    def days(self) -> float:
        """Days from the first event to the last."""
        return 0.0 if self.first is None else (self.last - self.first) / DAY_MS

    def _add_purchase(self, event: Interaction, moment: int) -> None:
        self.seconds += moment % DAY_MS != 0
        new = True

        def count(before: int | None) -> int:
            nonlocal new
            new = before is None
            return (before or 0) + 1

        self.orders.update(f"{event.customer_id}\n{event.order_id}", count)
        if new:
            self.customers.update(event.customer_id, lambda before: (before or 0) + 1)
            self.heaviest.add(event.customer_id)


def _seen(before: tuple[int, int, int] | None, content: int) -> tuple[int, int, int]:
    if before is None:
        return content, 0, 0
    first, same, other = before
    return (first, same + 1, other) if first == content else (first, same, other + 1)
