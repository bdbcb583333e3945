"""Looks at everyone once a model takes over: risks change then, as no earlier look could have foreseen.

The look at a customer follows from the customer's id and from when the takeover begins. So it is the same for everyone
who plans it, whenever the model became known.
"""

from collections.abc import Iterable
from typing import Final
from zlib import crc32

from customers.reviews.schedule import NOT_DUE
from customers.state import NEVER, Customer

_CRC_BITS: Final = 32


class ModelTakeovers:
    """Instants from which on customers are scored by a model that differs much from the one before.

    Attributes:
        within_ms: Time after each of them in which everyone is looked at once, ms.
        known: The instants known so far, in order, ms since 1970; another tuple whenever it changes.
    """

    def __init__(self, within_ms: int, known: Iterable[int] = ()) -> None:
        """Start.

        Args:
            within_ms: Time after each takeover in which everyone is looked at once, ms.
            known: ModelTakeovers that are known already, ms since 1970.
        """
        self.within_ms = within_ms
        self.known = tuple(sorted(known))

    def add(self, begins: int) -> None:
        """Add a takeover, ms since 1970, unless it is known."""
        if begins not in self.known:
            self.known = tuple(sorted((*self.known, begins)))

    def forget_before(self, instant: int) -> None:
        """Drop the takeovers whose looks are all done before an instant, ms since 1970."""
        if self.known and self.known[0] + self.within_ms <= instant:
            self.known = tuple(begins for begins in self.known if begins + self.within_ms > instant)

    def look(self, customer_id: str, begins: int) -> int:
        """Return the instant of a takeover at which a customer is looked at, ms since 1970.

        Args:
            customer_id: Determines how long after the beginning it lies.
            begins: Beginning of the takeover, ms since 1970.
        """
        return self.look_at_key(customer_id.encode(), begins)

    def look_at_key(self, key: bytes, begins: int) -> int:
        """Return the same for a customer's id as bytes."""
        return begins + (crc32(key) * self.within_ms >> _CRC_BITS)

    def next_look(self, customer: Customer, customer_id: str, after: int) -> int:
        """Return the look of the first takeover that begins after an instant, ms since 1970; NOT_DUE if there is none.

        Args:
            customer: One who has never bought is not looked at, nor one whose clock is past the beginning.
            customer_id: Id of the customer.
            after: ms since 1970.
        """
        if customer.next_review == NEVER:
            return NOT_DUE
        begins = next((begins for begins in self.known if begins > max(after, customer.clock)), None)
        return NOT_DUE if begins is None else self.look(customer_id, begins)

    def plan(self, customer: Customer, customer_id: str, until: int) -> None:
        """Hasten the next review to the look of the takeover that begins next, if that is by the watermark.

        Args:
            customer: Receives it; nothing else of the state changes, so that it does not matter in how many steps time
                passes.
            customer_id: Id of the customer.
            until: Watermark, ms since 1970.
        """
        for begins in self.known:
            if customer.clock < begins <= until:
                look = self.next_look(customer, customer_id, begins - 1)
                customer.next_review = min(customer.next_review, look)
                return
