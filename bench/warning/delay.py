"""Delay of alerts: from the instant at which an hourly look would have raised one."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from bench.warning.watch import Day
from customers.features.features import Matrix, features_of
from customers.features.life_cycle import life_cycle_of, spending_paces
from customers.reviews.alert import alarming_from, relief_at
from customers.state import NEVER, Customer
from risk.scoring.model.risk_model import probability
from risk.scoring.scorer import RiskScorer
from risk.scoring.value import yearly_margin
from schemas.moments import DAY_MS, HOUR_MS
from schemas.settings.risk import AlertSettings, SegmentSettings


class DelayRecorder:
    """Looks at everyone without an alert at the end of each day, and finds the hour at which one would be raised.

    Attributes:
        delays: Of the alerts raised, ms. Where the customer bought, or the risk fell again, before there was an alert,
            it is the time for which one would have stood.
        missed: Number of these.
    """

    def __init__(self, alerts: AlertSettings, horizon_days: float, *, gone: bool) -> None:
        """Start before the first day.

        Args:
            alerts: Risks and values at which alerts are raised and cleared.
            horizon_days: Horizon of leaving, days.
            gone: False if alerts are raised also for customers who are gone.
        """
        self.delays: list[int] = []
        self.missed = 0
        self._ended_at: list[int] = []
        self._alerts = alerts
        self._horizon_days = horizon_days
        self._gone = gone
        self._would: dict[str, tuple[int, int]] = {}

    def __call__(self, day: Day) -> None:
        """Note what happened to alerts on a day, and who would have one at its end."""
        if day.scorer.model is None:
            return
        for alert in day.alerts:
            self._note_raised(alert.customer_id, day.customers[alert.customer_id], alert.at, day.scorer)
        open_ones = {
            customer_id: customer
            for customer_id, customer in day.customers.items()
            if customer.purchases and customer.alert_raised == NEVER
        }
        self._note_end(day, open_ones)

    def delays_since(self, at: int) -> list[int]:
        """Return the delays that ended at an instant or later, ms."""
        return [delay for ended_at, delay in zip(self._ended_at, self.delays, strict=True) if ended_at >= at]

    def _end(self, at: int, since: int) -> None:
        self._ended_at.append(at)
        self.delays.append(max(at - since, 0))

    def _note_raised(self, customer_id: str, customer: Customer, at: int, scorer: RiskScorer) -> None:
        since, _ = self._would.pop(customer_id, (at, 0))
        if since == at and customer.as_of < at:
            since = self._first_hour(customer, max(at - at % DAY_MS, customer.as_of), at, scorer)
        self._end(at, since)

    def _note_end(self, day: Day, open_ones: Mapping[str, Customer]) -> None:
        risks, values, gone = self._numbers(open_ones.values(), [day.until] * len(open_ones), day.scorer)
        risks += self._reliefs(open_ones.values(), [day.until] * len(open_ones))
        alarming = np.array([self._alarming_from(customer) <= day.until for customer in open_ones.values()], dtype=bool)
        raised = (risks >= self._alerts.raise_risk) & (values >= self._alerts.raise_value_at_risk) & alarming & ~gone
        stands = (risks >= self._alerts.clear_risk) & (values >= self._alerts.clear_value_at_risk) & ~gone
        for customer_id, up, still in zip(open_ones, raised.tolist(), stands.tolist(), strict=True):
            customer = open_ones[customer_id]
            known = self._would.get(customer_id)
            if known is not None and (not still or customer.as_of != known[1]):
                ended = customer.as_of if customer.as_of != known[1] else day.until
                self._end(ended, known[0])
                self.missed += 1
                del self._would[customer_id]
            if up and customer_id not in self._would:
                begin = max(day.until + 1 - DAY_MS, customer.as_of)
                self._would[customer_id] = self._first_hour(customer, begin, day.until, day.scorer), customer.as_of

    def _first_hour(self, customer: Customer, begin: int, until: int, scorer: RiskScorer) -> int:
        hours = list(range(max(begin, self._alarming_from(customer)), until, HOUR_MS))
        if not hours:
            return until
        risks, values, _ = self._numbers([customer] * len(hours), hours, scorer)
        risks += self._reliefs([customer] * len(hours), hours)
        up = (risks >= self._alerts.raise_risk) & (values >= self._alerts.raise_value_at_risk)
        return hours[int(up.argmax())] if up.any() else until

    def _reliefs(self, customers: Iterable[Customer], moments: list[int]) -> Matrix:
        both = zip(customers, moments, strict=True)
        return np.array([relief_at(customer, now, self._alerts) for customer, now in both], dtype=np.float64)

    def _alarming_from(self, customer: Customer) -> int:
        return alarming_from(customer, self._alerts.silent_gaps)

    def _numbers(
        self, customers: Iterable[Customer], moments: list[int], scorer: RiskScorer
    ) -> tuple[Matrix, Matrix, NDArray[np.bool_]]:
        """Return risks, values at risk, and who is gone; each of shape (customers,)."""
        them = list(customers)
        if not them:
            return np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool)
        features = features_of(them, moments, self._horizon_days)
        standardised = scorer.predictor.standardise(features)
        risks = probability(scorer.predictor.log_odds(features, standardised))
        forecasts = scorer.predictor.forecasts(features, risks, standardised)
        at_risk = risks if forecasts is None else forecasts.at_risk
        values = np.round(at_risk * yearly_margin(features, scorer.risk.margin), 2)
        segments, horizon_ms = SegmentSettings(), round(self._horizon_days * DAY_MS)
        paces = spending_paces(features).tolist()
        gone = np.array(
            [
                self._gone and life_cycle_of(customer, now, horizon_ms, pace, segments) == "gone"
                for customer, now, pace in zip(them, moments, paces, strict=True)
            ]
        )
        return risks, values, gone
