"""Estimators of what another policy would have brought, beside the truth: bias, error, and coverage of intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from bench.result import ResultTable
from bench.retention.estimates.judged import BASELINE
from bench.retention.simulated.learnt import playbook_guess
from bench.retention.simulated.policies import ExploringRules, allowed_actions, by_risk, by_rules
from bench.retention.simulated.shop import ACTIONS, COSTS, NONE, OFFER, Known
from bench.retention.simulated.year import SimulatedYear, log_of, play_year
from retention.effects.doubly_robust import predicted_outcomes
from retention.effects.intervals import Estimate, estimate_mean
from retention.learning.cross_fitting import cross_fitted
from retention.learning.gain_model import GainModel
from retention.outcomes.columns import Flags, Matrix
from retention.outcomes.log import DecisionLog
from retention.policy.off_policy import chosen_policy, policy_scores

_SEED: Final = 2_000_000
"""Other customers than those of the simulated years."""


@dataclass(frozen=True, slots=True)
class EstimatedPolicy:
    """A policy's gain over the rules, less costs a decision, by one estimator.

    Attributes:
        policy: Name of the policy.
        estimator: Name of the estimator.
        estimate: By this log.
        truth: As the simulation knows it.
    """

    policy: str
    estimator: str
    estimate: Estimate
    truth: float


def estimate_policies(seed: int, customers: int) -> list[EstimatedPolicy]:
    """Estimate policies by the log of a year of exploring rules.

    Args:
        seed: The same seed gives the same customers.
        customers: Number of customers, a multiple of eight.
    """
    nobody = np.zeros(len(ACTIONS))
    year = play_year(ExploringRules(), lambda: nobody, _SEED + seed, customers)
    log, known = log_of(year.weeks), _known(year)
    guess = np.column_stack([np.zeros(len(log)), playbook_guess(known)])
    fitted = cross_fitted(log, log.covariates, guess)
    net = log.with_outcome(log.outcome - COSTS[log.done])
    predictions = {
        "doubly robust, gains": fitted.predicted - COSTS,
        "doubly robust, ridge": predicted_outcomes(net),
        "inverse propensity": np.zeros(log.probability.shape),
    }
    truth = np.concatenate([week.expected for week in year.weeks]) - COSTS
    rules = chosen_policy(by_rules(known), len(ACTIONS))
    learnt = {"learnt, cross-fitted": fitted.correction, "learnt from the same": _own_corrections(log, guess)}
    found = []
    for name, policy in _policies(known, {name: guess + beyond for name, beyond in learnt.items()}).items():
        estimates = {
            estimator: estimate_mean(
                policy_scores(net, policy, predicted) - policy_scores(net, rules, predicted), log.customer
            )
            for estimator, predicted in predictions.items()
        }
        estimates["guesses alone"] = estimate_mean(((policy - rules) * (guess - COSTS)).sum(axis=1), log.customer)
        brings = float(((policy - rules) * truth).sum(axis=1).mean())
        found += [EstimatedPolicy(name, estimator, one, brings) for estimator, one in estimates.items()]
    return found


def estimators_table(results: Sequence[Sequence[EstimatedPolicy]]) -> ResultTable:
    """Return bias, error and coverage of each estimator, for each policy.

    Args:
        results: Estimates of each seed, in one order.
    """
    rows = []
    for place, first in enumerate(results[0]):
        ones = [result[place] for result in results]
        wrong = np.array([one.estimate.value - one.truth for one in ones])
        rows.append(
            [
                first.policy,
                first.estimator,
                f"{np.mean([one.truth for one in ones]):+.2f}",
                f"{wrong.mean():+.2f} ± {1.96 * wrong.std() / np.sqrt(len(wrong)):.2f}",
                f"{np.sqrt(np.mean(wrong**2)):.2f}",
                f"{np.mean([one.estimate.fixed.contains(one.truth) for one in ones]):.1%}",
                f"{np.mean([one.estimate.always.contains(one.truth) for one in ones]):.1%}",
            ]
        )
    headings = [
        "policy",
        "estimator",
        f"truth against {BASELINE}",
        "bias",
        "RMS error",
        "95 % holds",
        "always-valid holds",
    ]
    return ResultTable(headings, rows)


def _policies(known: Known, gains: dict[str, Matrix]) -> dict[str, Matrix]:
    """Return the probabilities of each policy's actions, shape (decisions, actions)."""
    allowed: Flags = allowed_actions(known)
    actions = len(ACTIONS)
    fixed = {
        "nothing": np.tile(np.eye(actions)[NONE], (len(allowed), 1)),
        "by risk": chosen_policy(by_risk(known), actions),
        "offers": chosen_policy(np.where(allowed[:, OFFER], OFFER, NONE), actions),
    }
    learnt = {
        name: chosen_policy(np.where(allowed, gain - COSTS, -np.inf).argmax(axis=1), actions)
        for name, gain in gains.items()
    }
    return fixed | learnt


def _own_corrections(log: DecisionLog, guess: Matrix) -> Matrix:
    """Return what the model of gains says of the very decisions that it has learnt from."""
    empty = GainModel.empty(len(log.actions) - 1, log.covariates.shape[1])
    model = empty.learn_many(log.covariates, log.done, log.probability, log.outcome, guess[:, 1:])
    means, scales = model.standardisation()
    beyond = model.standardised(means, scales).posterior((log.covariates - means) * scales).mean
    return np.column_stack([np.zeros(len(log)), beyond])


def _known(year: SimulatedYear) -> Known:
    weeks = [week.known for week in year.weeks]
    return Known(*(np.concatenate([getattr(week, field.name) for week in weeks]) for field in fields(Known)))
