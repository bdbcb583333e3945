"""What customers may do within the horizon, in four kinds: buy nothing, less than usual, as usual, more than usual.

What is usual is each customer's own: the decayed rate of spending at the moment of the question, times the horizon.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from customers.features import Matrix
from risk.scoring.value import daily_spend
from schemas.settings import RiskSettings

KINDS: Final = ("nothing", "less", "usual", "more")
NOTHING, LESS, USUAL, MORE = range(len(KINDS))

_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where less and more than usual begin.

    Attributes:
        less_than: Spending below this part of the usual is less.
        more_than: Spending above this multiple of the usual is more.
    """

    less_than: float = 0.5
    more_than: float = 1.5

    @classmethod
    def of(cls, settings: RiskSettings) -> "Bounds":
        """The bounds that are set."""
        return cls(settings.less_than, settings.more_than)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a customer did within the horizon of a question.

    Attributes:
        purchases: How often it bought.
        amount: For how much, reporting currency.
        bought_after_days: Days from the question to the first purchase; None where there was none or it was not kept.
    """

    purchases: int
    amount: float
    bought_after_days: float | None


def usual_spend(values: Matrix, horizon_days: float) -> Matrix:
    """What customers spend within a horizon at their own decayed rate, reporting currency.

    Args:
        values: A row for each of ``FEATURE_NAMES``, a column a customer; or one customer's features alone.
        horizon_days: Length of the horizon.
    """
    return daily_spend(values) * horizon_days


def kind_of(answer: Answer, usual: float, bounds: Bounds) -> int:
    """What a customer did, as an index into ``KINDS``; spending exactly at a bound is usual.

    Args:
        answer: What was bought.
        usual: What the customer usually spends within a horizon.
        bounds: Where less and more begin.
    """
    if answer.purchases == 0:
        return NOTHING
    if answer.amount < bounds.less_than * usual:
        return LESS
    return MORE if answer.amount > bounds.more_than * usual else USUAL


def kind_probabilities(risks: Matrix, less: Matrix | float, more: Matrix | float) -> Matrix:
    """The four probabilities, to six digits, a row a customer, each row summing to one.

    Args:
        risks: Probability of buying nothing.
        less: Probability that a buyer buys for less than usual.
        more: Probability that a buyer who does not buy for less buys for more.
    """
    parts = np.empty((len(risks), len(KINDS)))
    # numpy rounds by multiplying, which may end a digit off Python's: the first must be the risk as it is published.
    parts[:, NOTHING] = [round(risk, _DIGITS) for risk in risks.tolist()]
    buying = 1.0 - parts[:, NOTHING]
    parts[:, LESS] = np.minimum(np.round(buying * less, _DIGITS), buying)
    parts[:, MORE] = np.minimum(np.round((buying - parts[:, LESS]) * more, _DIGITS), buying - parts[:, LESS])
    parts[:, USUAL] = np.round(buying - parts[:, LESS] - parts[:, MORE], _DIGITS)
    return parts
