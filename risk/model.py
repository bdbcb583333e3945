"""A published model answers: standardise, clip, weigh, add up."""

from typing import Final

import numpy as np
from scipy.special import expit

from customers.features import FEATURE_GROUPS, FEATURE_SET, Matrix
from schemas.records import Model

CLIP: Final = 6.0
"""Standardised features further out than this say no more than that they are far out."""

GROUPS: Final = tuple(dict.fromkeys(FEATURE_GROUPS.values()))
_GROUP_OF: Final = np.array([GROUPS.index(group) for group in FEATURE_GROUPS.values()])
_BY_GROUP: Final = np.argsort(_GROUP_OF, kind="stable")
_GROUPS_BEGIN: Final = np.searchsorted(_GROUP_OF[_BY_GROUP], np.arange(len(GROUPS)))


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
        self._means = np.array(model.means)[_BY_GROUP]
        self._scales = np.array(scales)[_BY_GROUP]
        self._weights = np.array(model.weights)[_BY_GROUP]

    def log_odds(self, values: Matrix) -> tuple[Matrix, Matrix]:
        """Log-odds of leaving, and their parts.

        Args:
            values: A row for each of ``FEATURE_NAMES``, a column a customer.

        Returns:
            One number a customer; and a row a customer with a number for each of ``GROUPS``, zero for the average one.
        """
        # A customer's numbers lie side by side here, so that they are added in one order in whatever company.
        standardised = np.ascontiguousarray(values[_BY_GROUP].T)
        standardised -= self._means
        standardised *= self._scales
        np.clip(standardised, -CLIP, CLIP, out=standardised)
        standardised *= self._weights
        parts = np.add.reduceat(standardised, _GROUPS_BEGIN, axis=1)
        return self._intercept + parts.sum(axis=1), parts


def probability(log_odds: Matrix) -> Matrix:
    """The probabilities with these log-odds, without overflow."""
    return np.asarray(expit(log_odds))
