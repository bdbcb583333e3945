"""Evaluation of another playbook on the decisions of the log, before anybody switches to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retention.catalogue.compiled import CompiledPlaybook
from retention.outcomes.logged import LoggedColumns, as_columns, usable
from retention.policy.off_policy import PolicyComparison, chosen_policy, compare_policies
from retention.policy.reproduce import UNKNOWN, LoggedRules, choices_of
from schemas.records.logged_decision import LoggedDecision


@dataclass(frozen=True, slots=True)
class PlaybookEvaluation:
    """Estimate of what another playbook would have brought, margin less cost a decision.

    Attributes:
        comparison: Of the other playbook with what was drawn, both without the holdout.
        decisions: Number of decisions that it rests on.
        customers: Number of their customers.
        left_out: Number of decisions that say nothing of any playbook (see ``retention.outcomes.logged.usable``).
        unknown: Number of decisions for which it is not known what the other playbook would have chosen.
        differs: Share of decisions on which it would have done something else than was most likely.
    """

    comparison: PolicyComparison
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
    choice = choices_of(other, whole.log.actions, whole.columns, used, LoggedRules.of(decided, used))
    known = choice != UNKNOWN
    log = whole.log.with_outcome(whole.log.outcome - whole.spent).where(known)
    drawn = whole.propensity[known]
    return PlaybookEvaluation(
        comparison=compare_policies(log, chosen_policy(choice[known], len(log.actions)), drawn),
        decisions=len(log),
        customers=len(np.unique(log.customer)),
        left_out=len(logged) - len(used),
        unknown=len(used) - len(log),
        differs=float((drawn.argmax(axis=1) != choice[known]).mean()) if len(log) else 0.0,
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
