"""Expected gain of each action for a customer: the playbook's guess, corrected by what was learnt."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Final, NamedTuple

from retention.catalogue.compiled import CompiledRule
from retention.outcomes.columns import Matrix
from schemas.records.decisions import GainInterval
from schemas.records.score import Score

_NORMAL_95: Final = 1.959964
"""Half-width of the normal distribution's central 95 %, in standard deviations."""

_CENTS: Final = 2


class Correction(NamedTuple):
    """Learnt correction of a guess, reporting currency.

    Attributes:
        mean: To be added to the gain that the customer's rule expects.
        deviation: Standard deviation of the corrected gain.
    """

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class GainEstimates:
    """Learnt corrections of the guesses of customers, reporting currency; NaN where nothing is known.

    Attributes:
        correction: To be added to the gain that the customer's rule expects of each action, shape (actions, customers).
        deviation: Standard deviation of the corrected gain, of the same shape.
    """

    correction: Matrix
    deviation: Matrix

    def of(self, customer: int, actions: Iterable[int]) -> dict[int, Correction]:
        """Return what is known of some actions for a customer, by the index of the action.

        Args:
            customer: Index of the customer.
            actions: Indices of the actions.
        """
        means = {action: self.correction.item(action, customer) for action in actions}
        return {
            action: Correction(mean, self.deviation.item(action, customer))
            for action, mean in means.items()
            if not isnan(mean)
        }


EstimatesOf = Callable[[Sequence[int], Sequence[Score]], GainEstimates]
"""Returns the estimates of some customers of a batch, by their places and scores: they are needed of few."""


def expected_gains(
    rule: CompiledRule, actions: Iterable[int], value_at_risk: float, learnt: Mapping[int, Correction]
) -> dict[int, float]:
    """Return the expected gains of actions before cost, by the index of the action.

    Args:
        rule: The rule that applies to the customer, with its guesses.
        actions: Indices of the actions.
        value_at_risk: Of the customer, reporting currency.
        learnt: What is known better, by the index of the action.
    """
    gains = {action: rule.keeps[action] * value_at_risk + rule.brings[action] for action in actions}
    for action, correction in learnt.items():
        gains[action] += correction.mean
    return gains


def interval_of(gain: float, learnt: Correction | None) -> GainInterval | None:
    """Return the 95 % interval of an expected gain in reporting currency; None where nothing was learnt."""
    if learnt is None:
        return None
    half = _NORMAL_95 * learnt.deviation
    return GainInterval(round(gain - half, _CENTS), round(gain + half, _CENTS))
