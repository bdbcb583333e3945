"""A published model answers: standardise, clip, weigh, add up."""

from functools import cached_property
from typing import Final

import numpy as np
from scipy.special import expit

from customers.features import FEATURE_GROUPS, FEATURE_SET, Matrix
from risk.attribution import attribution_of
from schemas.records import Model

CLIP: Final = 6.0
"""Standardised features further out than this say no more than that they are far out."""

GROUPS: Final = tuple(dict.fromkeys(FEATURE_GROUPS.values()))


class ModelRefused(ValueError):  # noqa: N818 - named for what happens to it
    """A published model does not fit this program's features or horizon, or itself."""


class Scorer:
    """Gives the log-odds of leaving, and what each group of features adds to them.

    The arithmetic is that of River's pipeline ``RunningScaler | OnlineNewton``; a test holds the
    two equal. It is written out because River's own mini-batches want a pandas frame, which costs more than the rest.
    """

    def __init__(self, model: Model, horizon_days: float) -> None:
        """Take a model into use.

        Args:
            model: As published.
            horizon_days: The horizon asked about here.

        Raises:
            ModelRefused: It was learnt on other features or for another horizon.
        """
        if model.feature_set != FEATURE_SET:
            raise ModelRefused(f"model {model.version} was learnt on features {model.feature_set}, not {FEATURE_SET}")
        if model.horizon_days != horizon_days:
            raise ModelRefused(
                f"model {model.version} answers for {model.horizon_days:g} days, not for {horizon_days:g}"
            )
        self.version = model.version
        self.examples = model.examples
        self.published_at = model.published_at
        self._intercept = model.intercept
        scales = [variance**-0.5 if variance > 0.0 else 0.0 for variance in model.variances]
        self._means = np.array(model.means)
        self._scales = np.array(scales)
        self._weights = np.array(model.weights)
        self._model = model

    def log_odds(self, values: Matrix) -> Matrix:
        """Log-odds of leaving, one number a customer.

        Args:
            values: A row for each of ``FEATURE_NAMES``, a column a customer.
        """
        return np.asarray(self._intercept + np.vecdot(self._standardised(values), self._weights))

    def effects(self, values: Matrix) -> Matrix:
        """What each of ``GROUPS`` adds to the log-odds, zero for the average customer (see ``risk.attribution``).

        Args:
            values: A row for each of ``FEATURE_NAMES``, a column a customer.

        Returns:
            A row a customer.
        """
        return np.asarray(np.vecdot(self._standardised(values)[:, None, :], self._shares))

    def _standardised(self, values: Matrix) -> Matrix:
        """A row a customer, whose numbers lie side by side, so that they are added in one order in any company."""
        standardised = np.array(values.T, order="C")
        standardised -= self._means
        standardised *= self._scales
        return np.clip(standardised, -CLIP, CLIP, out=standardised)

    def prepare_reasons(self) -> None:
        """Work out now what ``effects`` needs, which takes milliseconds; otherwise the first call does.

        Raises:
            ModelRefused: The model's covariance does not fit its weights.
        """
        try:
            _ = self._shares
        except (ValueError, np.linalg.LinAlgError) as error:
            raise ModelRefused(f"model {self.version} gives no reasons: {error}") from error

    @cached_property
    def _shares(self) -> Matrix:
        return attribution_of(self._model, GROUPS)


def probability(log_odds: Matrix) -> Matrix:
    """The probabilities with these log-odds, without overflow."""
    return np.asarray(expit(log_odds))
