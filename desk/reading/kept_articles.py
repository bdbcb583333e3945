"""Articles that a customer bought and kept: purchases less returns."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from desk.reading.rows import BoughtArticle, TimelineEntry


def kept_articles(events: Iterable[TimelineEntry]) -> tuple[BoughtArticle, ...]:
    """Return the articles of which more units were bought than returned, those of the highest amounts first.

    Args:
        events: Events of one customer, in any order.
    """
    units: dict[str, int] = {}
    amounts: dict[str, Decimal] = {}
    latest: dict[str, tuple[datetime, str]] = {}
    for event in events:
        if event.kind not in ("purchase", "return"):
            continue
        sign = 1 if event.kind == "purchase" else -1
        for item in event.items:
            units[item.sku] = units.get(item.sku, 0) + sign * item.quantity
            amounts[item.sku] = amounts.get(item.sku, Decimal(0)) + sign * item.amount
            if sign > 0:
                latest[item.sku] = max(latest.get(item.sku, (event.at, "")), (event.at, item.category))
    kept = [
        BoughtArticle(sku=sku, category=category, units=units[sku], amount=amounts[sku], last_bought_at=at)
        for sku, (at, category) in latest.items()
        if units[sku] > 0
    ]
    return tuple(sorted(kept, key=lambda one: (-one.amount, one.sku)))
