"""Fields of an interaction's line that facts need, and the hash of what it says."""

from datetime import datetime
from decimal import Decimal
from struct import Struct
from typing import Final
from zlib import crc32

import msgspec

from schemas.events.interaction import Interaction
from schemas.events.raw_events import EventType
from schemas.moments import DAY_MS

UNKNOWN_CONTENT: Final = 0
"""Content of a fact that was received, or of an event that was folded, before contents were kept."""

_CONTENT_BITS: Final = 0xFFFF
_pack: Final = Struct("<qdq").pack
_TRADES: Final = frozenset({"purchase", "return"})


class FactLine(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of an interaction that facts need; decoding only these halves the time of decoding a line."""

    event_id: str
    customer_id: str
    type: EventType
    occurred_at: datetime
    stamped_at: datetime
    source_partition: int = 0
    source_offset: int = 0
    order_id: str = ""
    currency: str = ""
    original_amount: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    units: int = 0
    reason: str = ""
    resolved: bool | None = None
    satisfaction: int | None = None
    sentiment: int | None = None
    likely_to_leave: bool | None = None
    decision_id: str = ""
    action: str = ""
    by: str = ""
    result: str = ""
    note: str = ""
    extra: dict[str, str] | None = None
    trace_id: str = ""


decode_line: Final = msgspec.json.Decoder(FactLine).decode


def content_of(line: Interaction | FactLine, happened: int) -> int:
    """Return a 16-bit hash, at least 1, of what an event says, as far as it can matter to a state.

    Amounts are those of the event's currency, in any spelling, so that a repeat is one at another rate, too. Of the
    time, the day counts: some publishers repeat an event with the time of the repetition.

    Args:
        line: The event.
        happened: Its own time, ms since 1970.
    """
    numbers = _pack(happened // DAY_MS, float(line.original_amount), line.units)
    words = f"{line.type} {line.currency} {line.order_id}\0{line.reason}"
    if line.type not in _TRADES:
        told = (line.resolved, line.satisfaction, line.sentiment, line.likely_to_leave, line.result, line.action)
        words = f"{words}{told}{line.decision_id}\0{line.by}\0{line.note}"
    return crc32(words.encode(), crc32(numbers)) & _CONTENT_BITS or 1
