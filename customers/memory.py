"""Memory of recent events: their ids, by which repeats are known, and what they said, by which a reused id is."""

from customers.fact_line import UNKNOWN_CONTENT
from customers.facts import Fact
from customers.state import CONTENT_HASH_BYTES, EVENT_HASH_BYTES, Customer


def is_remembered(customer: Customer, event: int) -> bool:
    """Return True if an event with this hash was folded before, as far as the state remembers."""
    return _place_of(customer, event) >= 0


def is_reused(customer: Customer, fact: Fact) -> bool:
    """Return True if a remembered event of the same id said something else, so that the fact is no repeat of it."""
    start = _place_of(customer, fact.event) * CONTENT_HASH_BYTES
    if start < 0:
        return False
    content = int.from_bytes(customer.contents[start : start + CONTENT_HASH_BYTES], "big")
    return UNKNOWN_CONTENT not in (content, fact.content) and content != fact.content


def remember(customer: Customer, fact: Fact, most: int) -> None:
    """Remember an event.

    Args:
        customer: The state; changed in place.
        fact: The event, which is not remembered so far.
        most: Number of events to remember; the oldest are dropped.
    """
    events = customer.remembered + fact.event.to_bytes(EVENT_HASH_BYTES, "big")
    contents = customer.contents + fact.content.to_bytes(CONTENT_HASH_BYTES, "big")
    customer.remembered = events[max(len(events) - most * EVENT_HASH_BYTES, 0) :]
    customer.contents = contents[max(len(contents) - most * CONTENT_HASH_BYTES, 0) :]


def _place_of(customer: Customer, event: int) -> int:
    """Return the place of an event among those remembered; -1 if it is not there."""
    event_hash = event.to_bytes(EVENT_HASH_BYTES, "big")
    index = customer.remembered.find(event_hash)
    while index % EVENT_HASH_BYTES and index > 0:  # spans the end of one hash and the start of the next
        index = customer.remembered.find(event_hash, index + 1)
    return index // EVENT_HASH_BYTES
