"""A backtest's run, in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from customers.feed.holes import Hole
from risk.evaluation.backtest import Backtest
from risk.evaluation.results import last_third
from schemas.moments import DAY_MS
from schemas.settings.risk import RiskSettings


@dataclass(frozen=True, slots=True)
class Run:
    """A backtest that is over.

    Attributes:
        at: When risks were given: purchases, weekly, monthly, or a file's name.
        horizon_days: How far each looks ahead.
        events: Events taken.
        refused: Events refused, by reason.
        customers: Different customers.
        answered: Questions answered, and so learnt.
        min_examples: Answers after which a model is trusted over the rule.
        first: Stamp of the first event, ms since 1970.
        last: Stamp of the last event.
        holes: Raw topics and their holes, in the order of time.
        void: Questions that were not learnt, since their horizons lay in holes of the purchases.
    """

    at: str
    horizon_days: float
    events: int
    refused: Mapping[str, int]
    customers: int
    answered: int
    min_examples: int
    first: int
    last: int
    holes: Sequence[tuple[str, Hole]]
    void: int

    @classmethod
    def of(cls, backtest: Backtest, risk: RiskSettings, *, at: str, refused: Mapping[str, int]) -> "Run":
        """Sum up a backtest."""
        return cls(
            at=at,
            horizon_days=risk.horizon_days,
            events=backtest.events,
            refused=dict(refused),
            customers=len(backtest.customers),
            answered=backtest.learner.examples,
            min_examples=risk.min_examples,
            first=backtest.until if backtest.first is None else backtest.first,
            last=backtest.until,
            holes=sorted(backtest.feed.known(), key=lambda known: known[1].start),
            void=backtest.void,
        )

    @property
    def judged_since(self) -> int:
        """Decisions from here on, ms since 1970, count for the headline figures."""
        return last_third(self.first, self.last, round(self.horizon_days * DAY_MS))
