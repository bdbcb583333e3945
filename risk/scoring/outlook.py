"""The outlook: probabilities that a customer buys nothing, less than usual, as usual, or more within the horizon.

Usual is relative to each customer: the decayed rate of spending at the moment of the question, times the horizon.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from customers.features.features import Matrix
from risk.scoring.value import daily_spend
from schemas.records.encode import PUBLISHED_DIGITS
from schemas.settings.risk import RiskSettings

KINDS: Final = ("nothing", "less", "usual", "more")
NOTHING, LESS, USUAL, MORE = range(len(KINDS))


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of less and more than usual.

    Attributes:
        less_than: Spending below this share of the usual is less.
        more_than: Spending above this multiple of the usual is more.
    """

    less_than: float = 0.5
    more_than: float = 1.5

    @classmethod
    def of(cls, settings: RiskSettings) -> "Bounds":
        """Return the bounds of the settings."""
        return cls(settings.less_than, settings.more_than)


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer to a question: the customer's purchases within its horizon.

    Attributes:
        purchases: Number of purchases.
        amount: Their sum, reporting currency.
        bought_after_days: Days from the question to the first purchase; None if there was none or it was not kept.
    """

    purchases: int
    amount: float
    bought_after_days: float | None


def usual_spend(values: Matrix, horizon_days: float) -> Matrix:
    """Return customers' spending within a horizon at their own decayed rate, reporting currency.

    Args:
        values: One row for each of ``FEATURE_NAMES``, shape (features, customers); or one customer's features.
        horizon_days: Length of the horizon, days.

    Returns:
        Amounts, shape (customers,).
    """
    return daily_spend(values) * horizon_days


def kind_of(answer: Answer, usual: float, bounds: Bounds) -> int:
    """Return the kind of an answer, an index into ``KINDS``; spending exactly at a bound is usual.

    Args:
        answer: Purchases within the horizon.
        usual: Usual spending of the customer within a horizon, reporting currency.
        bounds: Bounds of less and more.
    """
    if answer.purchases == 0:
        return NOTHING
    if answer.amount < bounds.less_than * usual:
        return LESS
    return MORE if answer.amount > bounds.more_than * usual else USUAL


def kind_probabilities(risks: Matrix, less: Matrix | float, more: Matrix | float) -> Matrix:
    """Return the probabilities of the four kinds, to six digits; each row sums to one.

    Args:
        risks: Probabilities of buying nothing, shape (customers,).
        less: Probabilities that a buyer buys less than usual, shape (customers,) or one for all.
        more: Probabilities that a buyer who does not buy less buys more, shape (customers,) or one for all.

    Returns:
        Shape (customers, 4), in the order of ``KINDS``.
    """
    parts = np.empty((len(risks), len(KINDS)))
    # numpy rounds by multiplying, which may differ from Python in the last digit; the first column must be the risk
    # that is published.
    parts[:, NOTHING] = [round(risk, PUBLISHED_DIGITS) for risk in risks.tolist()]
    buying = 1.0 - parts[:, NOTHING]
    parts[:, LESS] = np.minimum(np.round(buying * less, PUBLISHED_DIGITS), buying)
    parts[:, MORE] = np.minimum(np.round((buying - parts[:, LESS]) * more, PUBLISHED_DIGITS), buying - parts[:, LESS])
    parts[:, USUAL] = np.round(buying - parts[:, LESS] - parts[:, MORE], PUBLISHED_DIGITS)
    return parts
