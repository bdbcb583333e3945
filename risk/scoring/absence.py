"""Risk after an absence: customers who were not heard of since before a hole are likelier to be gone."""

from typing import Final

import numpy as np
from scipy.special import expit

from customers.features import Matrix

_MOST_IDLE: Final = 0.999
"""Limit of the probability that a customer who is not gone buys nothing: beyond, nothing can be said of any."""


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
