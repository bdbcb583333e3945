"""What those who buy do, learnt from their answers: for how much, and when."""

from collections.abc import Sequence
from math import log1p
from typing import Final

from customers.features import FEATURE_NAMES
from risk.estimators.feature_index import Vector
from risk.estimators.newton_state import head_of, state_of
from risk.estimators.online_newton import OnlineNewton
from risk.estimators.quantile_regression import LEVELS, OnlineQuantiles
from risk.scoring.outlook import LESS, MORE, Answer, Bounds, kind_of
from risk.scoring.tiers import yearly_revenue
from risk.scoring.value import YEAR_DAYS
from schemas.model import OutlookModel

_DRIFT: Final = 2e-7
_AVERAGED: Final = 2_000
"""A head hears of buyers alone, so an answer has to count for more than it does for the risk."""

_FADING: Final = 0.999


class OutlookLearner:
    """Learns a continuation-ratio model (sequential logit) of the amount, and quantiles of the days until it.

    Given that a customer buys: whether for less than usual; given that not, whether for more. Each is a regression of
    its own, so that what drives the one need not drive the other (Fienberg, "The Analysis of Cross-Classified
    Categorical Data", 1977, chapter 6; Tutz, "Sequential Models in Categorical Regression", Computational Statistics
    and Data Analysis 1991).
    """

    def __init__(self, horizon_days: float, bounds: Bounds) -> None:
        """Begin with nothing learnt.

        Args:
            horizon_days: The horizon of the questions.
            bounds: Where less and more than usual begin.
        """
        self.buyers = 0
        self.shares = [1.0 / 3.0] * 3
        self.kept = bounds.less_than / 2.0
        self._horizon_days = horizon_days
        self._bounds = bounds
        self._less, self._more = _newton(), _newton()
        self._when = OnlineQuantiles(len(FEATURE_NAMES), [log1p(level * horizon_days) for level in LEVELS])

    def learn(self, features: Sequence[float], standardised: Vector, answer: Answer) -> None:
        """Learn what one who bought within the horizon did.

        Args:
            features: Of the moment of the question.
            standardised: The same, standardised.
            answer: What the customer did.
        """
        usual = yearly_revenue(features) / YEAR_DAYS * self._horizon_days
        kind = kind_of(answer, usual, self._bounds)
        self.buyers += 1
        weight = max(1.0 - _FADING, 1.0 / (self.buyers + 1))
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
        """Running shares: of less among buyers, and of more among the other buyers; what the heads must beat."""
        less, usual, more = self.shares
        return less, more / (usual + more)

    def publish(self) -> OutlookModel:
        """What was learnt, as plain data."""
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
        """Go on from what was learnt before; what was learnt with other bounds is of no use, and begun anew.

        Raises:
            ValueError: The parts do not fit each other.
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
    newton.expect(FEATURE_NAMES)
    return newton
