"""Expected gain of each action for each customer: the playbook's guess, corrected by what was learnt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from retention.catalogue.compiled import Amounts
from schemas.records.decisions import GainInterval
from schemas.records.score import Score

_NORMAL_95: Final = 1.959964
"""Half-width of the normal distribution's central 95 %, in standard deviations."""

_CENTS: Final = 2


@dataclass(frozen=True, slots=True)
class GainEstimates:
    """Learnt corrections of the guesses of customers, reporting currency; NaN where nothing is known.

    Attributes:
        correction: To be added to the gain that the customer's rule expects of each action, shape (actions, customers).
        deviation: Standard deviation of the corrected gain, of the same shape.
    """

    correction: Amounts
    deviation: Amounts

    def of_customers(self, places: Sequence[int]) -> "GainEstimates":
        """Return the estimates of some of the customers."""
        return GainEstimates(self.correction[:, places], self.deviation[:, places])


EstimatesOf = Callable[[Sequence[int], Sequence[Score]], GainEstimates]
"""Returns the estimates of some customers of a batch, by their places and scores: they are needed of few."""


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
    return np.where(np.isnan(learnt.correction), guesses, guesses + learnt.correction)


def interval_of(gain: float, learnt: GainEstimates | None, action: int, customer: int) -> GainInterval | None:
    """Return the 95 % interval of an expected gain; None where nothing was learnt.

    Args:
        gain: The expected gain, reporting currency.
        learnt: What was learnt.
        action: Index of the action.
        customer: Index of the customer.
    """
    if learnt is None or np.isnan(learnt.correction[action, customer]):
        return None
    half = _NORMAL_95 * float(learnt.deviation[action, customer])
    return GainInterval(round(gain - half, _CENTS), round(gain + half, _CENTS))
