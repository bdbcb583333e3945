"""The customers of a partition by the time at which they are due."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

import msgspec

from customers.encoding.encode import StateError, clock_of, due_of
from customers.reviews.schedule import NOT_DUE
from customers.reviews.takeover import ModelTakeovers
from streams.worker.engine.protocols import PartitionStore
from streams.worker.engine.shard_feed import FEED_KEY
from streams.worker.engine.takeover_looks import TakeoverLooks


class DueCustomer(msgspec.Struct, frozen=True):
    """A customer whose time has come.

    Attributes:
        key: Key of the customer.
        value: State as it is stored.
        entered: Time under which the customer is still in the heap, ms since 1970; NOT_DUE if no longer.
    """

    key: bytes
    value: bytes
    entered: int


class DueCustomers:
    """A heap of customers by their due time; an entry that their state no longer agrees with is dropped on the way.

    States that were stored before a takeover was known do not say that their customers are due for it. So the looks of
    a takeover are kept beside the heap, for everyone who is in it when the takeover becomes known.
    """

    def __init__(self, store: PartitionStore, takeovers: ModelTakeovers) -> None:
        """Start empty.

        Args:
            store: Has the customers' states, which say when each is due.
            takeovers: Takeovers of models, as far as they are known; changes as models arrive.
        """
        self._store = store
        self._entries: list[tuple[int, bytes]] = []
        self._looks = TakeoverLooks(takeovers)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._entries)

    def fill(self) -> Iterator[bytes]:
        """Enter every customer of the store, and yield their states."""
        for key, value in self._store.items():
            if key == FEED_KEY:
                continue
            if (due := due_of_state(value)) != NOT_DUE:
                self._entries.append((due, key))
            yield value
        heapify(self._entries)

    def push(self, due: int, key: bytes) -> None:
        """Enter a customer."""
        heappush(self._entries, (due, key))

    @property
    def earliest(self) -> int:
        """Time of the first entry, which may be out of date, ms since 1970; NOT_DUE if there is none."""
        if self._looks.is_outdated:
            self._looks.plan({key for _, key in self._entries})
        return min(self._entries[0][0] if self._entries else NOT_DUE, self._looks.first)

    def first(self) -> int:
        """Return when the first customer is due, ms since 1970; NOT_DUE if none is."""
        while self._entries and self._current() is None:
            heappop(self._entries)
        return self.earliest

    def take(self, until: int, most: int) -> list[DueCustomer]:
        """Remove and return customers who are due by an instant.

        Args:
            until: ms since 1970.
            most: Number of customers at most.
        """
        taken: dict[bytes, DueCustomer] = {}
        if self.earliest > until:
            return []
        entries, looks = self._entries, self._looks
        while len(taken) < most:
            due, look = entries[0][0] if entries else NOT_DUE, looks.first
            if min(due, look) > until:
                break
            if look <= due:
                if (looked_at := self._pop_look()) is not None:
                    taken.setdefault(looked_at.key, looked_at)
            elif (current := self._pop()) is not None:
                taken[current.key] = current  # no longer in the heap, even if the look for a takeover came before
        return list(taken.values())

    def _pop_look(self) -> DueCustomer | None:
        """Remove the first look for a takeover; return its customer, or None if the state is past its beginning."""
        look = self._looks.pop()
        value = self._store.get(look.key)
        if value is None or clock_of_state(value) >= look.begins:
            return None
        return DueCustomer(look.key, value, due_of_state(value))

    def _pop(self) -> DueCustomer | None:
        """Remove the first entry; return its customer, or None if they were advanced since."""
        current = self._current()
        heappop(self._entries)
        return current

    def _current(self) -> DueCustomer | None:
        """Return the customer of the first entry; None if they were advanced since."""
        due, key = self._entries[0]
        value = self._store.get(key)
        return DueCustomer(key, value, NOT_DUE) if value is not None and due_of_state(value) == due else None


def due_of_state(value: bytes) -> int:
    """Return when a customer is due; one with an unreadable state is due at once, and quarantined then."""
    try:
        return due_of(value)
    except StateError:
        return 0


def clock_of_state(value: bytes) -> int:
    """Return the clock of a state; one that is unreadable is due at once, and for no takeover."""
    try:
        return clock_of(value)
    except StateError:
        return NOT_DUE
