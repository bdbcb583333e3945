"""Off-policy evaluation against the truth: a log of exploring rules judges policies that were never in force."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.retention.simulated.learnt import LearningPolicy
from bench.retention.simulated.policies import allowed_actions, by_risk, by_rules
from bench.retention.simulated.shop import ACTIONS, COSTS, NONE, OFFER, Known
from bench.retention.simulated.year import SimulatedYear, log_of
from retention.effects.doubly_robust import predicted_outcomes
from retention.effects.intervals import Estimate
from retention.outcomes.columns import Matrix
from retention.policy.off_policy import Comparison, chosen_policy, compare_policies

BASELINE: Final = "rules"


@dataclass(frozen=True, slots=True)
class JudgedPolicy:
    """A policy as the log judges it, beside the truth.

    Attributes:
        name: Name of the policy.
        estimate: Doubly robust estimate of what a decision brings under it, less costs.
        truth: The same, as the simulation knows it.
        verdict: Verdict on it against the rules.
        difference: Truth less that of the rules.
        more: Decisions that are still needed for a verdict.
    """

    name: str
    estimate: Estimate
    truth: float
    verdict: Comparison
    difference: float
    more: int

    @property
    def is_right(self) -> bool:
        """Return True if the verdict agrees with the truth, or claims nothing."""
        if self.verdict not in {"better", "worse"}:
            return True
        return (self.verdict == "better") == (self.difference > 0.0)


def judge_policies(year: SimulatedYear, learnt: LearningPolicy) -> list[JudgedPolicy]:
    """Judge policies by the log of a year of exploring rules.

    Args:
        year: The year.
        learnt: What was learnt in another year, whose greedy choice is one of the policies.
    """
    log = log_of(year.weeks)
    net = np.concatenate([week.expected for week in year.weeks]) - COSTS
    log = log.with_outcome(log.outcome - COSTS[log.done])
    by_week = [_policies(week.known, learnt) for week in year.weeks]
    policies = {name: np.concatenate([week[name] for week in by_week]) for name in by_week[0]}
    truths = {name: float((policy * net).sum(axis=1).mean()) for name, policy in policies.items()}
    predicted, judged = predicted_outcomes(log), []
    for name, policy in policies.items():
        comparison = compare_policies(log, policy, policies[BASELINE], predicted=predicted)
        judged.append(
            JudgedPolicy(
                name,
                comparison.value.doubly_robust,
                truths[name],
                comparison.verdict,
                truths[name] - truths[BASELINE],
                comparison.more,
            )
        )
    return judged


def _policies(known: Known, learnt: LearningPolicy) -> dict[str, Matrix]:
    """Return the probabilities of each policy's actions, capacities left aside, shape (customers, actions)."""
    allowed, actions = allowed_actions(known), len(ACTIONS)
    others = allowed * (np.arange(actions) != NONE)
    number = others.sum(axis=1, keepdims=True)
    net = np.where(allowed & ~learnt.switched_off, learnt.expected_gains(known) - COSTS, -np.inf)
    return {
        "nothing": chosen_policy(np.zeros(len(allowed), dtype=np.int64), actions),
        "at random": np.where(number > 0, others / np.maximum(number, 1), np.arange(actions) == NONE),
        "by risk": chosen_policy(by_risk(known), actions),
        "offers": chosen_policy(np.where(allowed[:, OFFER], OFFER, NONE), actions),
        BASELINE: chosen_policy(by_rules(known), actions),
        "learnt": chosen_policy(net.argmax(axis=1), actions),
    }
