"""Businesses of different kinds, in a few numbers: who buys how often, what drives them away."""

from dataclasses import dataclass, replace
from typing import Final

_WEEKLY_UP_TO: Final = 30.0
"""Days."""


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
        warnings: Chance of a contact, resolved, after which the agent expects the customer to leave.
        driven_away: Chance to leave after a defective return, an unresolved complaint or a warning.
        fading: Share that spends less before leaving for good.
        absences: Chance of a pause of two to six usual gaps.
        changes_on: Day on which habits change for good; None where they never do.
        slowed: Factor by which gaps are longer from that day on,
        slowing_days: reached evenly over this number of days.
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
    warnings: float = 0.0
    driven_away: float = 0.5
    fading: float = 0.0
    absences: float = 0.0
    changes_on: float | None = None
    slowed: float = 1.0
    slowing_days: float = 0.0
    season: float = 0.0

    @property
    def is_asked_weekly(self) -> bool:
        """Return True if everyone is asked about weekly; monthly where the horizon is longer."""
        return self.horizon_days <= _WEEKLY_UP_TO

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

OF_EVERYTHING: Final = Business(
    "something of everything", 60, 700, 1_500, 350, gap=18, gap_spread=0.5, regularity=3.0, stays=350,
    harmful_returns=0.03, harmless_returns=0.06, complaints=0.03, questions=0.08, warnings=0.02, driven_away=0.6,
    fading=0.5,
)  # fmt: skip
"""Every cause happens, often enough to be learnt."""

PLAYED: Final = (CDS.smaller(0.5), GROCERIES, WHOLESALE, SUBSCRIPTIONS, OF_EVERYTHING)
"""Those on which the risk is judged, of a size that is played in a minute or two each."""

BUSINESSES: Final = (CDS, GROCERIES, WHOLESALE, SUBSCRIPTIONS)
