"""Plans looks: changes alerts after scores, and finds when a silent customer's risk will call for one.

As long as nothing happens, a customer's risk follows from the state and the model. So a look computes the risk at some
moments ahead, and the next look falls on the instant at which the risk may reach the threshold of alerts: by itself,
or helped by models to come, which change it the less the more they have learnt. Otherwise an alert would wait for the
calendar. Purchases are too many for that: most plan a first look, and that one computes.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, sqrt
from typing import Final

import msgspec
import numpy as np
from scipy.special import logit

from customers.alert import change_alert
from customers.features import Features, features_of
from customers.looks import NOTHING_PLANNED, Looked, Planned, Planner, least_pause, next_look
from customers.policy import Policy
from customers.schedule import NOT_DUE
from customers.state import NEVER
from risk.scoring.epochs import EPOCHS_A_HORIZON
from risk.scoring.scorer import RiskScorer
from schemas.settings import AlertSettings

ScorerAt = Callable[[int], RiskScorer]
"""Returns the scorer of an instant, ms since 1970."""

PlannerOf = Callable[[Policy, ScorerAt], Planner]
"""Makes the planner of a run."""

_AHEAD: Final = 8
"""Moments between two looks at which the risk is computed; between them its log-odds are taken as straight."""

_FAR: Final = 2.0
"""Log-odds below the threshold at which a purchase leaves a customer too far from it to compute when it is reached."""

_DRIFT: Final = 2.0
"""Log-odds by which a model of one answer would change risks in a ninetieth of the horizon.

It falls with the square root of the answers: measured on CDNOW and the shop, 0.11 with 800, 0.06 with 2,200, 0.01 with
20,000."""


class _Watched(msgspec.Struct, frozen=True):
    """A silent customer without an alert, and the log-odds of leaving that would raise one."""

    one: Looked
    needed: float


class LookPlanner(Planner):
    """Changes alerts and sets the next review of customers who have been scored; see :mod:`customers.looks`."""

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
        """Change the alerts and set ``next_review`` of customers; see :class:`customers.looks.Planner`."""
        del features  # they are those of this instant, and the look asks for later ones
        changes = [self._change(one) for one in looked]
        watched: defaultdict[int, list[_Watched]] = defaultdict(list)
        scorers: dict[int, RiskScorer] = {}
        for one in looked:
            customer = one.customer
            customer.next_review = next_look(one.heard, one.customer_id, one.score, self._policy, bought=one.bought)
            needed = self._needed(one)
            if needed is not None:
                scorer = self._scorer_at(customer.clock)
                scorers[id(scorer)] = scorer
                watched[id(scorer)].append(_Watched(one, needed))
        for scorer_id, those in watched.items():
            self._hasten(those, scorers[scorer_id])
        return changes

    def _change(self, one: Looked) -> Planned:
        change = change_alert(one.customer, one.score, one.customer.clock, self._alerts, may_raise=not one.silent)
        one.heard.alert_raised = one.customer.alert_raised  # a copy where there are holes
        return NOTHING_PLANNED if change is None else Planned(change)

    def _needed(self, one: Looked) -> float | None:
        """Return the log-odds of leaving at which an alert would be raised; None if none will be by silence."""
        customer, score = one.customer, one.score
        if not customer.purchases or customer.alert_raised != NEVER or score.life_cycle == "gone":
            return None
        risk = self._alerts.raise_risk
        if score.value_at_risk < self._alerts.raise_value_at_risk:
            risk = max(risk, self._alerts.raise_value_at_risk / max(score.yearly_margin, 1e-9))
        if risk >= 1.0:
            return None
        needed = float(logit(risk))
        return None if one.bought and needed - logit(score.risk) > _FAR else needed

    def _hasten(self, watched: Sequence[_Watched], scorer: RiskScorer) -> None:
        """Move looks forward to where the risk reaches what is needed."""
        customers = [each.one.customer for each in watched]
        begin = np.array([customer.clock for customer in customers])
        end = np.array([customer.next_review for customer in customers])
        moments = (begin[:, None] + (end - begin)[:, None] * (np.arange(_AHEAD + 1) / _AHEAD)).astype(np.int64)
        repeated = [each.one.heard for each in watched for _ in range(_AHEAD + 1)]
        features = features_of(repeated, moments.ravel().tolist(), self._policy.horizon_days)
        log_odds = scorer.log_odds(features).reshape(moments.shape) + self._drift(scorer) * (moments - begin[:, None])
        for each, own, times in zip(watched, log_odds.tolist(), moments.tolist(), strict=True):
            customer = each.one.customer
            look = _reached(own, times, each.needed)
            earliest = customer.clock + least_pause(each.one.heard, self._policy)
            customer.next_review = min(customer.next_review, max(look, earliest))

    def _drift(self, scorer: RiskScorer) -> float:
        """Return the log-odds by which models to come may change a risk, per ms."""
        if scorer.model is None:  # the rule stays as it is
            return 0.0
        return _DRIFT / sqrt(scorer.model.examples) / (self._policy.horizon_ms / EPOCHS_A_HORIZON)


def default_planner(policy: Policy, scorer_at: ScorerAt) -> LookPlanner:
    """Return the planner with the default settings of alerts."""
    return LookPlanner(policy, AlertSettings(), scorer_at)


def _reached(log_odds: Sequence[float], moments: Sequence[int], needed: float) -> int:
    """Return the instant at which log-odds rise to what is needed, ms since 1970; NOT_DUE if they do not."""
    for (before, at), (value, moment) in pairwise(zip(log_odds, moments, strict=True)):
        if before < needed <= value:
            return at + ceil((needed - before) / (value - before) * (moment - at))
    return NOT_DUE
