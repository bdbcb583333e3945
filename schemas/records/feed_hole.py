"""Holes of feeds: spans in which a whole raw topic was silent although many events were likely."""

from datetime import datetime
from typing import Final

import msgspec


class FeedHole(msgspec.Struct, frozen=True, kw_only=True):
    """Span in which a whole raw topic was silent although many events were likely, on ``holes`` and in ClickHouse.

    It is written once an event has ended it, by every customer partition alike.

    Attributes:
        topic: Raw topic.
        starts_at: End of the last hour with an event, UTC; with the topic it identifies the hole.
        known_at: Time from which on it was known to be a hole, UTC.
        ends_at: Start of the first hour with an event again, UTC.
        missing: Number of events that were expected in it, by the topic's own rate.
    """

    topic: str
    starts_at: datetime
    known_at: datetime
    ends_at: datetime
    missing: float


decode_hole: Final = msgspec.json.Decoder(FeedHole).decode
