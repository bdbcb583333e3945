"""Plans looks: changes alerts after scores, and finds when a silent customer's risk will call for one.

As long as nothing happens, a customer's risk follows from the state and the model. So a look computes the risk at some
moments ahead, and the next look falls on the instant at which the risk may reach the threshold of alerts: by itself,
or helped by models to come, which change it the less the more they have learnt. Otherwise an alert would wait for the
calendar. Purchases are too many for that: most plan a first look, and that one computes.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from customers.features.features import Features, Matrix, features_ahead
from customers.policy import Policy
from customers.reviews.alert import alarming_from, change_alert, reliefs_at
from customers.reviews.looks import NOTHING_PLANNED, Looked, Planned, Planner, least_pause, next_look
from customers.reviews.schedule import NOT_DUE
from customers.state import NEVER
from risk.scoring.epochs import EPOCHS_A_HORIZON
from risk.scoring.scorer import RiskScorer
from risk.scoring.scorer_stack import ScorerStack
from schemas.settings.risk import AlertSettings

ScorerAt = Callable[[int], RiskScorer]
"""Returns the scorer of an instant, ms since 1970."""

PlannerOf = Callable[[Policy, ScorerAt], Planner]
"""Makes the planner of a run."""

_AHEAD: Final = 8
"""Moments between two looks at which the risk is computed; between them its log-odds are taken as straight."""

_FAR: Final = 2.0
"""Log-odds below the threshold at which a purchase leaves a customer too far from it to compute when it is reached."""

_DRIFT: Final = 3.0
"""Log-odds by which a model of one answer would change risks in a ninetieth of the horizon.

It falls with the square root of the answers. At the median of all customers, half of that was measured on CDNOW and
the shop: 0.11 with 800, 0.06 with 2,200, 0.01 with 20,000."""

_YOUNG: Final = 2_000
"""Answers below which a model moves more than that, by the inverse of its answers: what long silences mean is learnt
last, so that a risk of 1 % may be 99 % in the model of three days later."""

_LEAST_RISK: Final = 1e-9
"""Risks that are needed are kept away from 0 and 1 by this, so that their log-odds are finite."""


class _Watched(msgspec.Struct, frozen=True):
    """A silent customer without an alert, the risk at which enough margin would be at risk, and who gives the risk."""

    one: Looked
    least_risk: float
    scorer: RiskScorer


class LookPlanner(Planner):
    """Changes alerts and sets the next review of customers who have been scored; see :mod:`customers.reviews.looks`."""

    def __init__(self, policy: Policy, alerts: AlertSettings, scorer_at: ScorerAt) -> None:
        """Plan by settings and a model.

        Args:
            policy: Times of reviews.
            alerts: Risks and values at which alerts are raised and cleared.
            scorer_at: Returns the scorer of an instant, ms since 1970.
        """
        self._policy = policy
        self._alerts = alerts
        self._scorer_at = scorer_at

    def __call__(self, looked: Sequence[Looked], features: Features) -> list[Planned]:
        """Change the alerts and set ``next_review`` of customers; see :class:`customers.reviews.looks.Planner`."""
        del features  # they are those of this instant, and the look asks for later ones
        changes = [self._change(one) for one in looked]
        watched: list[_Watched] = []
        for one in looked:
            customer = one.customer
            customer.next_review = next_look(one.heard, one.customer_id, one.score, self._policy, bought=one.bought)
            least_risk = self._least_risk(one)
            if least_risk is not None:
                watched.append(_Watched(one, least_risk, self._scorer_at(customer.clock)))
        if watched:
            self._hasten(watched)
        return changes

    def _change(self, one: Looked) -> Planned:
        change = change_alert(one.heard, one.score, one.customer.clock, self._alerts, may_raise=not one.silent)
        one.customer.alert_raised = one.heard.alert_raised  # a copy where there are holes
        return NOTHING_PLANNED if change is None else Planned(change)

    def _least_risk(self, one: Looked) -> float | None:
        """Return the risk at which enough margin would be at risk for an alert; None if none will be by silence."""
        customer, score, alerts = one.customer, one.score, self._alerts
        if not customer.purchases or customer.alert_raised != NEVER or score.life_cycle == "gone":
            return None
        least = 0.0
        if score.value_at_risk < alerts.raise_value_at_risk:
            least = alerts.raise_value_at_risk / max(score.yearly_margin, _LEAST_RISK)
        lowest = max(alerts.raise_risk - alerts.overdue_relief, least)
        if lowest >= 1.0:
            return None
        return None if one.bought and _log_odds(lowest) - _log_odds(score.risk) > _FAR else least

    def _hasten(self, watched: Sequence[_Watched]) -> None:
        """Move looks forward to where the risk reaches what is needed."""
        customers = [each.one.customer for each in watched]
        clocks = np.array([customer.clock for customer in customers])
        end = np.array([customer.next_review for customer in customers])
        begin = np.array([self._alarming_from(each.one) for each in watched]).clip(max=end)
        moments = (begin[:, None] + (end - begin)[:, None] * (np.arange(_AHEAD + 1) / _AHEAD)).astype(np.int64)
        features = features_ahead([each.one.heard for each in watched], moments, self._policy.horizon_days)
        log_odds = ScorerStack([each.scorer for each in watched], moments.shape[1]).log_odds(features)
        drifts = np.array([[self._drift(each.scorer)] for each in watched])
        above = log_odds.reshape(moments.shape) + drifts * (moments - clocks[:, None]) - self._needed(watched, moments)
        for each, look in zip(watched, _reached(above, moments, clocks), strict=True):
            customer = each.one.customer
            earliest = customer.clock + least_pause(each.one.heard, self._policy)
            customer.next_review = min(customer.next_review, max(look, earliest))

    def _needed(self, watched: Sequence[_Watched], moments: NDArray[np.int64]) -> Matrix:
        """Return the log-odds of leaving at which alerts would be raised at some moments, in the shape of these."""
        reliefs = reliefs_at([each.one.heard for each in watched], moments, self._alerts)
        least = np.array([[each.least_risk] for each in watched])
        return _log_odds(np.maximum(self._alerts.raise_risk - reliefs, least))

    def _alarming_from(self, one: Looked) -> int:
        """Return the first instant at which silence may raise an alert, ms since 1970."""
        return max(alarming_from(one.heard, self._alerts.silent_gaps), one.customer.clock)

    def _drift(self, scorer: RiskScorer) -> float:
        """Return the log-odds by which models to come may change a risk, per ms."""
        if scorer.model is None:  # the rule stays as it is
            return 0.0
        answers = scorer.model.examples
        an_epoch = _DRIFT / sqrt(answers) * max(_YOUNG / answers, 1.0)
        return an_epoch / (self._policy.horizon_ms / EPOCHS_A_HORIZON)


def default_planner(policy: Policy, scorer_at: ScorerAt) -> LookPlanner:
    """Return the planner with the default settings of alerts."""
    return LookPlanner(policy, AlertSettings(), scorer_at)


def _log_odds(risks: Matrix | float) -> Matrix:
    return np.asarray(logit(np.clip(risks, _LEAST_RISK, 1.0 - _LEAST_RISK)))


def _reached(above: Matrix, moments: NDArray[np.int64], clocks: NDArray[np.int64]) -> list[int]:
    """Return the instants at which log-odds rise to what is needed, ms since 1970; NOT_DUE where they do not.

    Args:
        above: Log-odds above what is needed, shape (customers, moments).
        moments: ms since 1970; they begin after the clock where an alert has to wait for the silence to be unusual.
        clocks: Instants at which the customers were looked at last, shape (customers,).
    """
    looks = np.full(len(clocks), NOT_DUE)
    rises = (above[:, :-1] < 0.0) & (above[:, 1:] >= 0.0)
    rows = np.flatnonzero(rises.any(axis=1))
    first = rises[rows].argmax(axis=1)
    before, value = above[rows, first], above[rows, first + 1]
    at, moment = moments[rows, first], moments[rows, first + 1]
    looks[rows] = at + np.ceil(before / (before - value) * (moment - at)).astype(np.int64)
    found: list[int] = np.where((above[:, 0] >= 0.0) & (moments[:, 0] > clocks), moments[:, 0], looks).tolist()
    return found
