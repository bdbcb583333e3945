"""The demo's shop, whose customers leave for known reasons among many who return and complain and stay."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from json import dumps
from typing import Final

from bench.risk.planting import Planting
from deploy.simulator.simulate import Shop, ShopTruth, simulate_shop
from risk.evaluation.decision_schedule import Decision
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.moments import DAY_MS, HOUR_MS, to_ms
from schemas.settings.risk import MoneySettings

SHOP: Final = simulate_shop(seed=3, customers=2_000, start=datetime(2024, 1, 1, tzinfo=UTC), days=730)

SPEAKS: Final[Mapping[str, tuple[str, ...]]] = {
    "unresolved_complaint": ("contacts",),
    "defective_return": ("returns",),
    "agent_foresaw": ("judgement",),
    "competitor": ("silence",),
    "drifted_away": ("silence", "rhythm", "spend"),
}
"""A customer who drifts away buys ever later and for less, and then no more."""

_HORIZON_DAYS: Final = 90.0
_LONGEST_LINE: Final = 131_072
_CLEARLY_SILENT: Final = 3.0
"""Usual gaps."""

_FEWEST: Final = 3
"""Purchases of whom a usual gap is known."""

_HARMFUL: Final = ("defective", "not_as_described")


def planted_in_shop(shop: Shop) -> Planting:
    """Causes that show in the second half of the shop's time.

    Args:
        shop: Whose customers leave.
    """
    lines = (dumps(event).encode() for event in shop.events())
    read = decode_history(lines, MoneySettings().rates, _LONGEST_LINE)
    interactions = [one for one in read if isinstance(one, Interaction)]
    truth = shop.truth()
    return Planting(
        name="the demo's shop",
        horizon_days=_HORIZON_DAYS,
        interactions=interactions,
        causes=dict(_causes(truth, interactions)),
        speaks=SPEAKS,
        truth=[_of_returns(truth, interactions)],
    )


def _causes(truth: Mapping[str, ShopTruth], interactions: list[Interaction]) -> Iterator[tuple[Decision, str]]:
    bought = defaultdict(list)
    for one in interactions:
        if one.type == "purchase":
            bought[one.customer_id].append(to_ms(one.occurred_at))
    first, last = (to_ms(interactions[place].stamped_at) for place in (0, -1))
    for customer_id, what in truth.items():
        seen = _seen(what, bought[customer_id])
        if what.cause is not None and seen is not None and first + (last - first) / 2 <= seen <= last:
            yield Decision(seen, customer_id), what.cause


def _seen(what: ShopTruth, bought: list[int]) -> int | None:
    """Moment at which the cause has shown, ms since 1970."""
    if what.left_at is None or not bought:
        return None
    if what.cause not in ("competitor", "drifted_away"):
        return to_ms(what.left_at) + HOUR_MS
    if len(bought) < _FEWEST:
        return None
    usual = max((bought[-1] - bought[0]) / (len(bought) - 1), DAY_MS)
    return round(bought[-1] + _CLEARLY_SILENT * usual)


def _of_returns(truth: Mapping[str, ShopTruth], interactions: Iterable[Interaction]) -> str:
    harmful = sum(one.type == "return" and one.reason in _HARMFUL for one in interactions)
    planted = sum(what.cause == "defective_return" for what in truth.values())
    return (
        f"of {harmful} returns of something defective or not as described, {planted} ({planted / harmful:.0%}) drive "
        "the customer away in truth"
    )
