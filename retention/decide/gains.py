"""Expected gain of each action for each customer: learnt where it is known, else the playbook's guess."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from retention.catalogue.compiled import Amounts

_NORMAL_95: Final = 1.959964
"""Half-width of the normal distribution's central 95 %, in standard deviations."""


@dataclass(frozen=True, slots=True)
class GainEstimates:
    """Learnt effects of actions, reporting currency, before cost; NaN where nothing is known.

    Attributes:
        gains: Expected gain of each action for each customer, shape (actions, customers).
        low: Lower ends of the 95 % intervals, of the same shape.
        high: Upper ends.
    """

    gains: Amounts
    low: Amounts
    high: Amounts

    @classmethod
    def of(cls, mean: Amounts, deviation: Amounts) -> "GainEstimates":
        """Return the estimates of a model that gives a mean and a standard deviation.

        Args:
            mean: Expected gains, shape (customers, actions).
            deviation: Standard deviations of the expectations, of the same shape.
        """
        half = _NORMAL_95 * deviation.T
        return cls(mean.T, mean.T - half, mean.T + half)

    def of_customers(self, places: list[int]) -> "GainEstimates":
        """Return the estimates of some of the customers."""
        return GainEstimates(self.gains[:, places], self.low[:, places], self.high[:, places])


def expected_gains(keeps: Amounts, brings: Amounts, value_at_risk: Amounts, learnt: GainEstimates | None) -> Amounts:
    """Return the expected gains before cost, shape (actions, customers).

    Args:
        keeps: Share of the value at risk that is kept by the guess of each customer's rule, shape (actions, customers).
        brings: Money brought besides by this guess, shape (actions, customers).
        value_at_risk: Of each customer, shape (customers,).
        learnt: What is known better; None before anything is.
    """
    guesses = keeps * value_at_risk + brings
    if learnt is None:
        return guesses
    return np.where(np.isnan(learnt.gains), guesses, learnt.gains)
