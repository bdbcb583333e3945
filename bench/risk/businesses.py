"""Businesses of different kinds, simulated in a few numbers: who buys how often, what drives them away.

Customers have a rhythm of their own and leave by chance, sooner after something bad (a defective return, a complaint
that stays unresolved); a wrong size or a resolved question changes nothing. The same seed gives the same history.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from math import exp
from operator import attrgetter
from random import Random
from typing import Any, Final

from schemas.interaction import Interaction
from schemas.moments import DAY_MS, from_ms, to_ms

START_MS: Final = to_ms(datetime(2024, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Business:
    """One kind of business; lengths of time in days, chances for each purchase.

    Attributes:
        name: Of the row in tables.
        horizon_days: The horizon that suits it.
        days: Length of the history.
        customers: How many come in that time.
        joining_days: They come evenly over so long.
        gap: Median of the customers' usual gaps between purchases.
        gap_spread: Standard deviation of those gaps' logarithm.
        regularity: Shape of the gamma distribution of one customer's gaps: 1 is memoryless, large is a clock.
        stays: Median of how long customers stay, if nothing drives them away.
        stays_spread: Standard deviation of its logarithm.
        one_timers: Share that buys once and never again.
        amount: Median of an order.
        harmful_returns: Chance of a defective return.
        harmless_returns: Chance of a return of what did not fit.
        complaints: Chance of a contact that stays unresolved.
        questions: Chance of a contact that is resolved.
        driven_away: Chance to leave after a defective return or an unresolved complaint.
        absences: Chance of a pause of two to six usual gaps.
        changes_on: Day on which habits change for good; None where they never do.
        slowed: Gaps are so many times as long from that day on,
        slowing_days: reached evenly over so many days.
        season: The share by which gaps shrink and stretch over each half year.
    """

    name: str
    horizon_days: float
    days: float
    customers: int
    joining_days: float
    gap: float
    gap_spread: float
    regularity: float
    stays: float
    stays_spread: float = 0.8
    one_timers: float = 0.05
    amount: float = 40.0
    harmful_returns: float = 0.0
    harmless_returns: float = 0.0
    complaints: float = 0.0
    questions: float = 0.0
    driven_away: float = 0.5
    absences: float = 0.0
    changes_on: float | None = None
    slowed: float = 1.0
    slowing_days: float = 0.0
    season: float = 0.0

    def smaller(self, share: float) -> "Business":
        """The same with fewer customers."""
        return replace(self, customers=max(round(self.customers * share), 1))


CDS: Final = Business(
    "CDs", 90, 545, 6_000, 90, gap=70, gap_spread=0.9, regularity=1.0, stays=150, stays_spread=1.3, one_timers=0.35
)
GROCERIES: Final = Business(
    "groceries, weekly", 14, 300, 700, 200, gap=7, gap_spread=0.4, regularity=4.0, stays=250, absences=0.01,
    complaints=0.01, questions=0.03,
)  # fmt: skip
WHOLESALE: Final = Business(
    "wholesale with returns", 60, 600, 900, 400, gap=21, gap_spread=0.6, regularity=3.0, stays=400, amount=900.0,
    harmful_returns=0.04, harmless_returns=0.08, complaints=0.03, questions=0.10, season=0.3,
)  # fmt: skip
SUBSCRIPTIONS: Final = Business(
    "subscriptions, monthly", 45, 540, 1_500, 500, gap=30, gap_spread=0.0, regularity=900.0, stays=300, one_timers=0.1,
    complaints=0.02, questions=0.06, amount=12.0,
)  # fmt: skip

BUSINESSES: Final = (CDS, GROCERIES, WHOLESALE, SUBSCRIPTIONS)


def history_of(business: Business, seed: int) -> list[Interaction]:
    """Everything that happens, in time order."""
    random = Random(f"{seed}/{business.name}")
    happened = [
        interaction
        for number in range(business.customers)
        for interaction in _life(business, Random(random.random()), f"customer-{number:05d}")
        if interaction.occurred_at < from_ms(START_MS + round(business.days * DAY_MS))
    ]
    return sorted(happened, key=attrgetter("occurred_at"))


def _life(business: Business, random: Random, customer_id: str) -> Iterator[Interaction]:
    usual = business.gap * exp(random.gauss(0.0, business.gap_spread))
    price = business.amount * exp(random.gauss(0.0, 0.5))
    now = random.random() * business.joining_days
    leaves = now + business.stays * exp(random.gauss(0.0, business.stays_spread))
    if random.random() < business.one_timers:
        leaves = now
    while now <= business.days:
        amount = Decimal(f"{price * exp(random.gauss(0.0, 0.3)):.2f}")
        yield _interaction(customer_id, "purchase", now, amount=amount, units=random.randint(1, 4))
        driven = False
        for following, bad in _what_follows(business, random, customer_id, now, amount):
            driven = driven or (bad and random.random() < business.driven_away)
            yield following
        now += _gap(business, random, usual, now)
        if driven or now > leaves:
            break


def _gap(business: Business, random: Random, usual: float, now: float) -> float:
    gap = random.gammavariate(business.regularity, usual / business.regularity)
    if random.random() < business.absences:
        gap += usual * random.uniform(2.0, 6.0)
    if business.season:
        gap *= 1.0 + (business.season if now % 182.5 < 91.25 else -business.season)
    if business.changes_on is not None and now > business.changes_on:
        part = min((now - business.changes_on) / business.slowing_days, 1.0) if business.slowing_days else 1.0
        gap *= 1.0 + (business.slowed - 1.0) * part
    return max(gap, 0.05)


def _what_follows(
    business: Business, random: Random, customer_id: str, bought: float, amount: Decimal
) -> Iterator[tuple[Interaction, bool]]:
    """Returns and contacts soon after a purchase, and whether each is bad."""
    soon = bought + random.uniform(0.5, 0.5 + min(business.gap / 4, 8.0))
    if random.random() < business.harmful_returns:
        yield _interaction(customer_id, "return", soon, amount=amount, units=1, reason="defective"), True
    if random.random() < business.harmless_returns:
        yield _interaction(customer_id, "return", soon, amount=amount, units=1, reason="no_longer_wanted"), False
    if random.random() < business.complaints:
        yield _interaction(customer_id, "support_contact", soon, resolved=False, satisfaction=1), True
    if random.random() < business.questions:
        yield _interaction(customer_id, "support_contact", soon, resolved=True, satisfaction=4), False


def _interaction(customer_id: str, kind: str, day: float, **fields: Any) -> Interaction:  # noqa: ANN401 - of any type
    moment = from_ms(START_MS + round(day * DAY_MS))
    source: dict[str, Any] = {"source_topic": "", "source_partition": 0, "source_offset": 0}
    name = f"{customer_id}/{kind}/{day:.6f}/{fields.get('reason', fields.get('resolved', ''))}"
    return Interaction(
        event_id=name,
        customer_id=customer_id,
        type=kind,  # type: ignore[arg-type] # one of the three
        occurred_at=moment,
        stamped_at=moment,
        **source,
        **fields,
    )
