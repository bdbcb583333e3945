"""Histories that the demo plays: a real purchase log, or a simulated shop whose leavers are known."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, Literal

import msgspec

from deploy.demo.play.cdnow import cdnow_events
from deploy.simulator import Shop, simulate_shop

SourceName = Literal["cdnow", "shop"]

_SHOP_DAYS: Final = 400
_SHOP_CUSTOMERS: Final = 4_000
encode_event: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class DemoSource:
    """A history to play.

    Attributes:
        title: Description for a person.
        lines: Its events as NDJSON lines, in time order.
        days: Its length.
        shop: The shop whose history it is; None for the real log.
    """

    title: str
    lines: list[bytes]
    days: float
    shop: Shop | None = None


def read_source(
    name: SourceName, *, seed: int, end: datetime, limit: int | None = None, ends_now: bool = False
) -> DemoSource:
    """Read or simulate a history.

    Args:
        name: The history.
        seed: Of the simulated shop.
        end: End of the simulated history; the real one ended in 1998.
        limit: Most events: the first of the real log, the last of the shop.
        ends_now: Move the real history by whole weeks to the present, so that live events follow it at once: between
            1998 and now every customer has some three hundred reviews.
    """
    if name == "cdnow":
        title = "the real CDNOW log: 23,570 people who first bought CDs in 1997, until June 1998"
        events = list(islice(cdnow_events(), limit))
        if ends_now:
            weeks = _move(events, end)
            title += f" (moved by {weeks:,} weeks, so that it ends now)"
        return _source(title, events)
    start = end - timedelta(days=_SHOP_DAYS)
    title = f"a simulated shop: {_SHOP_CUSTOMERS:,} customers over {_SHOP_DAYS} days, seed {seed}"
    shop = simulate_shop(seed=seed, customers=_SHOP_CUSTOMERS, start=start, days=_SHOP_DAYS)
    return replace(_source(title, deque(shop.events(), limit)), shop=shop)


def _move(events: list[dict[str, object]], end: datetime) -> int:
    """Move events by as many whole weeks as bring the last one closest before the end, and return that number."""
    weeks = (end - _time_of(events[-1])) // timedelta(weeks=1)
    for event in events:
        event["occurred_at"] = (_time_of(event) + timedelta(weeks=weeks)).isoformat().replace("+00:00", "Z")
    return weeks


def _source(title: str, events: Iterable[dict[str, object]]) -> DemoSource:
    lines: list[bytes] = []
    first = last = None
    for event in events:
        last = _time_of(event)
        first = first or last
        lines.append(encode_event(event))
    days = (last - first) / timedelta(days=1) if first and last else 0.0
    return DemoSource(title, lines, days)


def _time_of(event: dict[str, object]) -> datetime:
    return datetime.fromisoformat(str(event["occurred_at"]))
