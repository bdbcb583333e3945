"""Evaluation of another playbook on the decisions of the log, before anybody switches to it.

It is judged twice: as it would begin, by its guesses, and as it would go on, once it has learnt from as many outcomes
as the log has. Both are estimated by doubly robust scores, whose regression is the model of gains. What is expected of
a customer, and so what is chosen for them, is learnt from others (``retention.learning.cross_fitting``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retention.catalogue.compiled import CompiledPlaybook
from retention.learning.cross_fitting import CrossFitted, cross_fitted
from retention.learning.gain_features import features_for, of_outcomes
from retention.outcomes.columns import Integers, Matrix
from retention.outcomes.logged import LoggedColumns, as_columns, usable
from retention.policy.off_policy import PolicyComparison, chosen_policy, compare_policies
from retention.policy.reproduce import LoggedRules, reproduce
from schemas.records.logged_decision import LoggedDecision


@dataclass(frozen=True, slots=True)
class PlaybookEvaluation:
    """Estimate of what another playbook would have brought, margin less cost a decision.

    Attributes:
        comparison: Of the other playbook, by its guesses, with what was drawn, both without the holdout.
        learnt: Of the other playbook with what it would learn from as many outcomes; None where they are too few for
            it to learn of any of its actions.
        decisions: Number of decisions that it rests on.
        customers: Number of their customers.
        left_out: Number of decisions that say nothing of any playbook (see ``retention.outcomes.logged.usable``).
        unknown: Number of decisions for which it is not known what the other playbook would have chosen.
        differs: Share of decisions on which it would have done something else than was most likely.
    """

    comparison: PolicyComparison
    learnt: PolicyComparison | None
    decisions: int
    customers: int
    left_out: int
    unknown: int
    differs: float


def evaluate_playbook(
    logged: Sequence[LoggedDecision], other: CompiledPlaybook, decided: CompiledPlaybook
) -> PlaybookEvaluation:
    """Estimate what another playbook would have brought.

    Args:
        logged: Settled decisions that count.
        other: The other playbook.
        decided: The one that is thought to have decided; of decisions by others, less is known.
    """
    used = usable(logged)
    whole = as_columns(used, other.names)
    rules = reproduce(other, whole.log.actions, whole.columns, used, LoggedRules.of(decided, used))
    horizons = np.array([one.horizon_days for one in used], np.float64)[:, None]
    expected = _expected(used, whole, rules.guess, horizons)
    comparison = _ChoiceComparer(whole, expected.predicted, costs_of(used, whole))
    first = rules.choices()
    drawn, known = whole.propensity[rules.known], int(rules.known.sum())
    learns = expected.known[:, [whole.log.actions.index(name) for name in other.names]].any()
    return PlaybookEvaluation(
        comparison=comparison.of(first),
        learnt=comparison.of(rules.choices(expected.correction)) if learns else None,
        decisions=known,
        customers=len(np.unique(whole.log.customer[rules.known])),
        left_out=len(logged) - len(used),
        unknown=len(used) - known,
        differs=float((drawn.argmax(axis=1) != first[rules.known]).mean()) if known else 0.0,
    )


def _expected(used: Sequence[LoggedDecision], whole: LoggedColumns, guess: Matrix, horizons: Matrix) -> CrossFitted:
    """Return what is expected of each decision's horizon, by outcomes a day as the learner learns them."""
    margin = np.array([one.expected_margin for one in used], np.float64)[:, None]
    features = of_outcomes(features_for(len(whole.log.actions) - 1), used)
    daily = whole.log.with_outcome((whole.log.outcome - margin[:, 0]) / horizons[:, 0])
    found = cross_fitted(daily, features, guess / horizons)
    return CrossFitted(found.correction * horizons, found.known, margin + found.predicted * horizons)


@dataclass(frozen=True, slots=True)
class _ChoiceComparer:
    """Compares choices with what was drawn, where they are known."""

    whole: LoggedColumns
    predicted: Matrix
    costs: Mapping[str, float]

    def of(self, choice: Integers) -> PolicyComparison:
        known, log = choice >= 0, self.whole.log
        net = self.predicted - np.array([self.costs[name] for name in log.actions])
        return compare_policies(
            log.with_outcome(log.outcome - self.whole.spent).where(known),
            chosen_policy(choice[known], len(log.actions)),
            self.whole.propensity[known],
            predicted=net[known],
            bought=log.outcome[known] != 0.0,
        )


def costs_of(logged: Sequence[LoggedDecision], whole: LoggedColumns) -> dict[str, float]:
    """Return what carrying out each action has cost on average, or would have where nobody tried; 0 for doing nothing.

    Args:
        logged: Decisions.
        whole: The same as columns.
    """
    told = {
        name: [one.spent for one in logged if one.action == name and not one.held_out] for name in whole.log.actions
    }
    planned = {one.action: one.cost for one in logged}
    return {name: sum(spent) / len(spent) if spent else planned.get(name, 0.0) for name, spent in told.items()}
