"""Learns the outlook from the answers of customers who bought: for how much, and when."""

from collections.abc import Sequence
from math import log1p
from typing import Final

from customers.features.feature_names import FEATURE_NAMES
from risk.estimators.fading_mean import fading_weight
from risk.estimators.feature_index import Vector
from risk.estimators.newton_state import head_of, state_of
from risk.estimators.online_newton import OnlineNewton
from risk.estimators.quantile_regression import LEVELS, OnlineQuantiles
from risk.scoring.outlook import LESS, MORE, Answer, Bounds, kind_of
from risk.scoring.value import YEAR_DAYS, yearly_revenue
from schemas.records.model import OutlookModel

_DRIFT: Final = 2e-7
_AVERAGED: Final = 2_000
"""Answers over which weights are averaged: fewer than for the risk, since only buyers are learnt from."""


class OutlookLearner:
    """Learns a continuation-ratio model (sequential logit) of the amount, and quantiles of the days until a purchase.

    Given that a customer buys: whether less than usual; given that not, whether more. Each is a regression of its own,
    so that what drives one need not drive the other (Fienberg, "The Analysis of Cross-Classified Categorical Data",
    1977, chapter 6; Tutz, "Sequential Models in Categorical Regression", Computational Statistics and Data Analysis
    1991).

    Attributes:
        buyers: Number of answers of buyers learnt.
        shares: Fading shares of buyers of less, usual and more.
        kept: Fading mean of the spending of those who bought less, as a share of their usual spending.
    """

    def __init__(self, horizon_days: float, bounds: Bounds) -> None:
        """Start with equal shares.

        Args:
            horizon_days: Horizon of the questions, days.
            bounds: Bounds of less and more than usual.
        """
        self.buyers = 0
        self.shares = [1.0 / 3.0] * 3
        self.kept = bounds.less_than / 2.0
        self._horizon_days = horizon_days
        self._bounds = bounds
        self._less, self._more = _newton(), _newton()
        self._when = OnlineQuantiles(len(FEATURE_NAMES), [log1p(level * horizon_days) for level in LEVELS])

    def learn(self, features: Sequence[float], standardised: Vector, answer: Answer) -> None:
        """Learn the answer of a customer who bought within the horizon.

        Args:
            features: Of the moment of the question, in the order of ``FEATURE_NAMES``.
            standardised: The same, standardised, shape (features,).
            answer: Purchases within the horizon.
        """
        usual = yearly_revenue(features) / YEAR_DAYS * self._horizon_days
        kind = kind_of(answer, usual, self._bounds)
        self.buyers += 1
        # The shares before the first answer count as one answer.
        weight = fading_weight(self.buyers + 1)
        self.shares = [(1.0 - weight) * share for share in self.shares]
        self.shares[kind - LESS] += weight
        self._less.learn_ordered(standardised, kind == LESS)
        if kind == LESS:
            self.kept += weight * (answer.amount / usual - self.kept)
        else:
            self._more.learn_ordered(standardised, kind == MORE)
        if answer.bought_after_days is not None:
            self._when.learn(standardised, log1p(answer.bought_after_days))

    @property
    def frequencies(self) -> tuple[float, float]:
        """Fading share of less among buyers, and of more among the other buyers: the baseline of the regressions."""
        less, usual, more = self.shares
        return less, more / (usual + more)

    def publish(self) -> OutlookModel:
        """Return everything learnt, in the form of the published model."""
        return OutlookModel(
            less_than=self._bounds.less_than,
            more_than=self._bounds.more_than,
            buyers=self.buyers,
            shares=tuple(self.shares),
            kept=self.kept,
            less=head_of(self._less.state),
            more=head_of(self._more.state),
            when=self._when.publish(),
        )

    def resume(self, model: OutlookModel | None) -> None:
        """Continue from a published outlook; one learnt with other bounds is discarded.

        Raises:
            ValueError: Its parts do not fit each other.
        """
        if model is None or Bounds(model.less_than, model.more_than) != self._bounds:
            return
        self.buyers, self.kept = model.buyers, model.kept
        self.shares = list(model.shares)
        self._less.resume(state_of(model.less))
        self._more.resume(state_of(model.more))
        self._when.resume(model.when)


def _newton() -> OnlineNewton:
    newton = OnlineNewton(drift=_DRIFT, averaged=_AVERAGED)
    newton.register(FEATURE_NAMES)
    return newton
