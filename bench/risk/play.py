"""Plays a business: everything its customers do, and why they leave.

Customers have a rhythm of their own and leave by chance, sooner after something bad (a defective return, a complaint
that stays unresolved, a contact after which the agent expects it); a wrong size or a resolved question changes nothing.
Some spend less before they leave. The same seed gives the same history.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from math import exp
from operator import attrgetter
from random import Random
from typing import Any, Final, Literal, NamedTuple

from bench.risk.businesses import Business
from risk.evaluation.backtest import Backtest
from schemas.events.interaction import Interaction
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import MoneySettings, RiskSettings, SegmentSettings

START_MS: Final = to_ms(datetime(2024, 1, 1, tzinfo=UTC))

Cause = Literal["defective return", "unresolved complaint", "agent foresaw", "spending less", "silence"]

_FADING_GAPS: Final = 6.0
"""Usual gaps over which a leaver spends less before leaving,"""

_FADED: Final = 0.3
"""down to this part of before."""

_CLEARLY_SILENT: Final = 3.0
"""Usual gaps after which silence counts as a visible cause."""


class Ending(NamedTuple):
    """Cause of a customer's leaving.

    Attributes:
        customer_id: Who.
        cause: Why; silence where there was no reason to be seen.
        seen_at: When it shows in what has happened, ms since 1970.
    """

    customer_id: str
    cause: Cause
    seen_at: int


class PlayedHistory(NamedTuple):
    """A history and the truth about it.

    Attributes:
        interactions: Interactions in time order.
        endings: Of those who left in that time, by customer id.
    """

    interactions: list[Interaction]
    endings: dict[str, Ending]


def backtest_of(horizon_days: float) -> Backtest:
    """A backtest with a horizon, and all else as it is unless set."""
    settings = RiskSettings(horizon_days=horizon_days)
    return Backtest(settings, LearnerSettings(), SegmentSettings(), MoneySettings())


def history_of(business: Business, seed: int) -> list[Interaction]:
    """Everything that happens, in time order."""
    return play_business(business, seed).interactions


def play_business(business: Business, seed: int) -> PlayedHistory:
    """Simulate a business: its interactions, and the cause of each churn."""
    random = Random(f"{seed}/{business.name}")
    ends = START_MS + round(business.days * DAY_MS)
    interactions: list[Interaction] = []
    endings: dict[str, Ending] = {}
    for number in range(business.customers):
        life = _Life(business, Random(random.random()), f"customer-{number:05d}")
        interactions += (one for one in life.events() if one.occurred_at < from_ms(ends))
        if life.ending is not None and life.ending.seen_at < ends:
            endings[life.ending.customer_id] = life.ending
    return PlayedHistory(sorted(interactions, key=attrgetter("occurred_at")), endings)


class _Life:
    """One customer's; ``ending`` is known when all events are through."""

    def __init__(self, business: Business, random: Random, customer_id: str) -> None:
        self.ending: Ending | None = None
        self._business, self._random, self._customer_id = business, random, customer_id
        self._usual = business.gap * exp(random.gauss(0.0, business.gap_spread))
        self._price = business.amount * exp(random.gauss(0.0, 0.5))
        self._first = random.random() * business.joining_days
        self._leaves = self._first + business.stays * exp(random.gauss(0.0, business.stays_spread))
        if random.random() < business.one_timers:
            self._leaves = self._first
        self._fades = _happens(random, business.fading)

    def events(self) -> Iterator[Interaction]:
        business, random, now = self._business, self._random, self._first
        while now <= business.days:
            amount = Decimal(f"{self._price * self._left_of_it(now) * exp(random.gauss(0.0, 0.3)):.2f}")
            yield _interaction(self._customer_id, "purchase", now, amount=amount, units=random.randint(1, 4))
            driven = None
            for following, cause in _what_follows(business, random, self._customer_id, now, amount):
                if cause is not None and driven is None and random.random() < business.driven_away:
                    driven = Ending(self._customer_id, cause, to_ms(following.occurred_at))
                yield following
            bought, now = now, now + _gap(business, random, self._usual, now)
            if driven or now > self._leaves:
                self.ending = driven or self._left(bought)
                break

    def _left_of_it(self, now: float) -> float:
        if not self._fades:
            return 1.0
        begins = self._leaves - _FADING_GAPS * self._usual
        return 1.0 - (1.0 - _FADED) * min(max((now - begins) / (self._leaves - begins) * 2.0, 0.0), 1.0)

    def _left(self, bought: float) -> Ending:
        if self._left_of_it(bought) < _FADED + 0.1 and bought > self._first + _FADING_GAPS * self._usual:
            return Ending(self._customer_id, "spending less", _moment(bought))
        return Ending(self._customer_id, "silence", _moment(bought + _CLEARLY_SILENT * self._usual))


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
) -> Iterator[tuple[Interaction, Cause | None]]:
    """Returns and contacts soon after a purchase, and what may drive the customer away."""
    soon = bought + random.uniform(0.5, 0.5 + min(business.gap / 4, 8.0))
    if random.random() < business.harmful_returns:
        back = _interaction(customer_id, "return", soon, amount=amount, units=1, reason="defective")
        yield back, "defective return"
    if random.random() < business.harmless_returns:
        yield _interaction(customer_id, "return", soon, amount=amount, units=1, reason="no_longer_wanted"), None
    if random.random() < business.complaints:
        yield _interaction(customer_id, "support_contact", soon, resolved=False, satisfaction=1), "unresolved complaint"
    if random.random() < business.questions:
        yield _interaction(customer_id, "support_contact", soon, resolved=True, satisfaction=4), None
    if _happens(random, business.warnings):
        judgement = {"sentiment": random.choice((-2, -1)), "likely_to_leave": True}
        later = _interaction(customer_id, "support_contact", soon + 0.1, resolved=True, **judgement)
        yield later, "agent foresaw"


def _happens(random: Random, chance: float) -> bool:
    """Draws nothing where there is no chance, so that a business without it stays as it was."""
    return chance > 0.0 and random.random() < chance


def _moment(day: float) -> int:
    return START_MS + round(day * DAY_MS)


def _interaction(customer_id: str, kind: str, day: float, **fields: Any) -> Interaction:  # noqa: ANN401 - of any type
    moment = from_ms(_moment(day))
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
