"""Predictions of customers: log-odds of leaving, their parts by groups of features, and forecasts beside the risk."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit

from customers.features.features import Features, Matrix
from risk.scoring.model.regression import GROUPS
from risk.scoring.model.risk_model import LogOdds
from risk.scoring.model.rule import effects_by_rule, log_odds_by_rule
from risk.scoring.outlook_scorer import Forecaster, Forecasts

_SILENCE: Final = GROUPS.index("silence")
_MOST_IDLE: Final = 0.999
"""Limit of the probability that a customer who is not gone buys nothing: beyond, nothing can be said of any."""


@dataclass(frozen=True, slots=True)
class Predictor:
    """Predicts by the rule, by a model, or by a model for each customer.

    Attributes:
        model: Arithmetic of the log-odds; None for the rule.
        outlook: Arithmetic of the forecasts; None if the model has none.
    """

    model: LogOdds | None = None
    outlook: Forecaster | None = None

    def standardise(self, features: Features) -> Matrix | None:
        """Return the features as the model standardises them, for all of its predictions; None for the rule."""
        return self.model.standardise(features.values) if self.model else None

    def forecasts(self, features: Features, risks: Matrix, standardised: Matrix | None = None) -> Forecasts | None:
        """Return the forecasts beside the risk; None if the model gives none.

        Args:
            features: Of the customers.
            risks: Probabilities of leaving, shape (customers,).
            standardised: Their features as :meth:`standardise` returns them, if that was done already.
        """
        return self.outlook.forecasts(features.values, risks, standardised) if self.outlook else None

    def log_odds(self, features: Features, standardised: Matrix | None = None) -> Matrix:
        """Return the log-odds of leaving, shape (customers,)."""
        log_odds = self._log_odds_as_heard(features, standardised)
        return log_odds if features.absence is None else after_absence(log_odds, features.absence)

    def effects(self, features: Features, standardised: Matrix | None = None) -> Matrix:
        """Return the contribution of each of ``GROUPS`` to the log-odds, shape (customers, groups)."""
        model = self.model
        effects = effects_by_rule(features) if model is None else model.effects(features.values, standardised)
        if features.absence is not None:
            heard = self._log_odds_as_heard(features, standardised)
            effects[:, _SILENCE] += after_absence(heard, features.absence) - heard
        return effects

    def _log_odds_as_heard(self, features: Features, standardised: Matrix | None) -> Matrix:
        """Return the log-odds of leaving as if the holes had not been, shape (customers,)."""
        if self.model is None:
            return log_odds_by_rule(features)
        return self.model.log_odds(features.values, standardised)


def after_absence(log_odds: Matrix, absence: Matrix) -> Matrix:
    """Return the log-odds of leaving with the holes since the last purchase, never less than without them.

    A risk is that of being gone, or of buying nothing all the same; only the odds of the first grow.

    Args:
        log_odds: In heard time, shape (customers,).
        absence: See ``customers.feed.absence``, shape (2, customers).
    """
    factor, idle = absence[0], np.minimum(absence[1], _MOST_IDLE)
    gone = np.maximum((expit(log_odds) - idle) / (1.0 - idle), 0.0)
    staying = -np.logaddexp(0.0, log_odds) - np.log1p(gone * (factor - 1.0))
    with np.errstate(divide="ignore"):  # a risk that is zero to the last digit stays as it is
        raised = np.log1p(-np.exp(staying)) - staying
    return np.asarray(np.maximum(raised, log_odds))
