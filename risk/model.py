"""A published model answers: standardise, clip, weigh, add up."""

from typing import Final

import numpy as np
from scipy.special import expit

from customers.features import FEATURE_GROUPS, FEATURE_SET, Matrix
from schemas.records import Model

CLIP: Final = 6.0
"""Standardised features further out than this say no more than that they are far out."""

GROUPS: Final = tuple(dict.fromkeys(FEATURE_GROUPS.values()))
_GROUP_OF: Final = tuple(GROUPS.index(group) for group in FEATURE_GROUPS.values())


class ModelRefused(ValueError):  # noqa: N818 - named for what happens to it
    """A published model does not fit this program's features or horizon."""


class Scorer:
    """Gives the log-odds of leaving, and what each group of features adds to them.

    The arithmetic is that of River's ``StandardScaler | LogisticRegression`` with clipping between; a test holds the
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
        self._intercept = model.intercept
        scales = [variance**-0.5 if variance > 0.0 else 0.0 for variance in model.variances]
        self._means = np.array(model.means)[:, np.newaxis]
        self._scales = np.array(scales)[:, np.newaxis]
        self._weights = np.array(model.weights)[:, np.newaxis]

    def log_odds(self, values: Matrix) -> tuple[Matrix, Matrix]:
        """Log-odds of leaving, and their parts.

        Args:
            values: A row for each of ``FEATURE_NAMES``, a column a customer.

        Returns:
            One number a customer; and a row for each of ``GROUPS``, zero for the average customer.
        """
        standardised = (values - self._means) * self._scales
        weighted = np.clip(standardised, -CLIP, CLIP) * self._weights
        parts = np.zeros((len(GROUPS), values.shape[1]))
        # Added row by row: numpy's own sums group their terms by the matrix's shape, and so by a customer's company.
        for row, group in zip(weighted, _GROUP_OF, strict=True):
            parts[group] += row
        total = np.full(values.shape[1], self._intercept)
        for part in parts:
            total += part
        return total, parts


def probability(log_odds: Matrix) -> Matrix:
    """The probabilities with these log-odds, without overflow."""
    return np.asarray(expit(log_odds))
