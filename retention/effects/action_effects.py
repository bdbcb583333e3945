"""Effects of actions on the customers for whom they were decided: overall, by segment and by week."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retention.effects.doubly_robust import doubly_robust_scores
from retention.effects.few_buyers import interval_with_few_buyers
from retention.effects.intervals import ALPHA, Estimate, Interval, decisions_needed, estimate_mean
from retention.effects.verdict import verdict_of
from retention.outcomes.columns import Flags, Integers, Vector
from retention.outcomes.log import DecisionLog, treated_or_held_out
from schemas.records.verdict import Verdict, verdict_in_words


@dataclass(frozen=True, slots=True)
class ActionEffect:
    """Effect of one action on a group of decisions.

    Attributes:
        action: Name of the action.
        group: Values of the groups that it is of, by name, for example ``{"segment": "win_back"}``; empty for all.
        treated: Number of decisions that were carried out.
        held_out: Number of decisions that were held out.
        estimate: Adjusted difference between the two, in units of the outcome, with its always-valid interval.
        fixed: Interval for a single look; None where nobody bought, or with one customer.
        verdict: Verdict by the always-valid interval.
        more: About how many more decisions are needed for a verdict; 0 where there is one.
    """

    action: str
    group: Mapping[str, Any]
    treated: int
    held_out: int
    estimate: Estimate
    fixed: Interval | None
    verdict: Verdict
    more: int

    def __str__(self) -> str:
        """Return the verdict in words."""
        return verdict_in_words(self.verdict, self.more)


def effects_of(
    log: DecisionLog,
    chosen: Integers,
    held_out_probability: Vector,
    groups: Mapping[str, NDArray[Any]],
    least: float = 0.0,
) -> list[ActionEffect]:
    """Estimate the effect of every action, of all its decisions and by each value of each group.

    Args:
        log: Decisions and their outcomes.
        chosen: Index of the action decided, held out or not, shape (decisions,).
        held_out_probability: Probability of being held out from it, given the past; see ``retention.effects.holdout``,
            shape (decisions,).
        groups: Columns to group by, such as segment and week, each of shape (decisions,).
        least: Smallest effect that would matter, for the number of decisions still needed.
    """
    effects: list[ActionEffect] = []
    for action in range(1, len(log.actions)):
        part = treated_or_held_out(log, chosen, held_out_probability, action)
        open_ones = (chosen == action) & (held_out_probability > 0.0) & (held_out_probability < 1.0)
        gains = gain_scores(part)
        for group, rows in _groupings({name: column[open_ones] for name, column in groups.items()}, len(part)):
            effects.append(_effect(log.actions[action], group, part.where(rows), gains[rows], least))
    return effects


def gain_scores(log: DecisionLog, action: int = 1) -> Vector:
    """Return the score of an action less that of doing nothing, shape (decisions,)."""
    scores = doubly_robust_scores(log)
    gains: Vector = scores[:, action] - scores[:, 0]
    return gains


def _effect(
    action: str, group: Mapping[str, Any], log: DecisionLog, gains: Vector, least: float, alpha: float = ALPHA
) -> ActionEffect:
    estimate = estimate_mean(gains, log.customer, alpha)
    verdict = verdict_of(estimate, fewest_buyers(log))
    treated = int(log.done.sum())
    more = decisions_needed(estimate, least) if verdict in {"cannot_tell", "no_support"} else 0
    fixed = interval_with_few_buyers(estimate, log.outcome, log.outcome != 0.0, log.probability[:, 0])
    return ActionEffect(action, group, treated, len(log) - treated, estimate, fixed, verdict, more)


def fewest_buyers(log: DecisionLog) -> int:
    """Return the number of customers with an outcome other than zero, of the one of two arms that has fewer of them."""
    return min(len(np.unique(log.customer[(log.done == arm) & (log.outcome != 0.0)])) for arm in (0, 1))


def _groupings(groups: Mapping[str, NDArray[Any]], decisions: int) -> Iterator[tuple[Mapping[str, Any], Flags]]:
    yield {}, np.ones(decisions, dtype=np.bool_)
    for name, column in groups.items():
        for value in np.unique(column):
            yield {name: value.item()}, column == value
