"""Voices of people in the simulated shop: judgements of customers, and recommendations, drawn beside its events."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

Event = dict[str, Any]

_JUDGES: Final = {"Ines": 0.85, "Jonas": 0.55}
"""People who judge, and the share of times that each is right."""

_JUDGED: Final = 0.04
"""Share of purchases after which somebody judges the customer."""

_REFERRED: Final = 0.15
"""Share of first purchases that name an earlier customer who recommended the shop."""

_WITHIN: Final = timedelta(days=90)


def with_words(events: Sequence[Event], random: Random) -> Iterator[Event]:
    """Yield the events with judgements after some purchases, and referrals in some first ones.

    Args:
        events: Of the shop, in their order.
        random: Draws both.
    """
    bought: dict[str, list[datetime]] = defaultdict(list)
    for event in events:
        if event["type"] == "purchase":
            bought[event["customer_id"]].append(_moment(event))
    known: list[str] = []
    for event in events:
        customer_id = event["customer_id"]
        if event["type"] != "purchase":
            yield event
            continue
        if _moment(event) == bought[customer_id][0]:
            yield _perhaps_referred(event, known, random)
            known.append(customer_id)
        else:
            yield event
        if random.random() < _JUDGED:
            yield _judgement(event, bought[customer_id], random)


def _perhaps_referred(event: Event, known: Sequence[str], random: Random) -> Event:
    if not known or random.random() >= _REFERRED:
        return event
    return event | {"extra": {**event.get("extra", {}), "referred_by": random.choice(known)}}


def _judgement(event: Event, bought: Sequence[datetime], random: Random) -> Event:
    """Return what somebody thinks of a customer who has just bought; they are right as often as is theirs."""
    by, at = random.choice(list(_JUDGES)), _moment(event)
    later = bisect_right(bought, at)
    leaves = later == len(bought) or bought[later] > at + _WITHIN
    return {
        "type": "judgement",
        "event_id": f"judged-{event['event_id']}",
        "customer_id": event["customer_id"],
        "occurred_at": event["occurred_at"],
        "by": by,
        "likely_to_leave": leaves if random.random() < _JUDGES[by] else not leaves,
    }


def _moment(event: Event) -> datetime:
    return datetime.fromisoformat(str(event["occurred_at"]))
