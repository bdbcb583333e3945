"""Histories that the demo plays: a real purchase log, or a simulated shop whose leavers are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from deploy.demo.cdnow import cdnow_events
from deploy.simulator import shop_events

SourceName = Literal["cdnow", "shop"]

_SHOP_DAYS: Final = 400
_SHOP_CUSTOMERS: Final = 4_000
encode_event: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Source:
    """A history to play.

    Attributes:
        title: Description for a person.
        lines: Its events as NDJSON lines, in time order.
        days: Its length.
    """

    title: str
    lines: list[bytes]
    days: float


def read_source(name: SourceName, *, seed: int, now: datetime, limit: int | None = None) -> Source:
    """Read or simulate a history.

    Args:
        name: The history.
        seed: Of the simulated shop.
        now: End of the simulated history; the real one ended in 1998.
        limit: Most events, from the beginning.
    """
    if name == "cdnow":
        title = "the real CDNOW log: 23,570 people who first bought CDs in 1997, until June 1998"
        return _source(title, cdnow_events(), limit)
    start = now - timedelta(days=_SHOP_DAYS)
    title = f"a simulated shop: {_SHOP_CUSTOMERS:,} customers over {_SHOP_DAYS} days, seed {seed}"
    return _source(title, shop_events(seed=seed, customers=_SHOP_CUSTOMERS, start=start, days=_SHOP_DAYS), limit)


def _source(title: str, events: Iterator[dict[str, object]], limit: int | None) -> Source:
    lines: list[bytes] = []
    first = last = None
    for event in events:
        if limit is not None and len(lines) >= limit:
            break
        last = datetime.fromisoformat(str(event["occurred_at"]))
        first = first or last
        lines.append(encode_event(event))
    days = (last - first) / timedelta(days=1) if first and last else 0.0
    return Source(title, lines, days)
