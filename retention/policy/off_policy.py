"""Off-policy evaluation: what another policy would have brought on the decisions of the log.

Three estimators, which should agree: inverse propensity scoring (Horvitz and Thompson 1952), the same self-normalised
(Swaminathan and Joachims, "The self-normalized estimator for counterfactual learning", NeurIPS 2015), and doubly robust
(Dudík, Langford and Li, ICML 2011), by whose always-valid interval the verdict is given. All are of single decisions:
if a policy changes who comes up for the next one, that effect is not in the log.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from retention.effects.doubly_robust import predicted_outcomes
from retention.effects.intervals import Estimate, clustered_error, decisions_needed, estimate_mean
from retention.effects.verdict import FEWEST
from retention.outcomes.columns import Flags, Integers, Matrix, Vector
from retention.outcomes.log import DecisionLog
from schemas.records.verdict import roughly

Comparison = Literal["better", "worse", "cannot_tell", "too_few", "no_support"]

MOST_UNSUPPORTED: Final = 0.02
"""Share of a policy's probability on actions that the log never took, up to which the log supports it."""

LEAST_EFFECTIVE: Final = 50.0
"""Effective number of decisions below which the log does not support a policy."""


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """Estimated mean outcome of a decision under a policy.

    Attributes:
        ips: By inverse propensity scoring.
        self_normalised: By self-normalised inverse propensity scoring.
        doubly_robust: By doubly robust scores.
        effective: Effective sample size: decisions that would be worth as much if all agreed with the policy.
        unsupported: Share of the policy's probability on actions that had none in the log.
    """

    ips: Estimate
    self_normalised: Estimate
    doubly_robust: Estimate
    effective: float
    unsupported: float

    @property
    def is_supported(self) -> bool:
        """Return True if the log can say something about the policy."""
        return self.unsupported <= MOST_UNSUPPORTED and self.effective >= LEAST_EFFECTIVE


@dataclass(frozen=True, slots=True)
class PolicyComparison:
    """Comparison of a policy with another one.

    Attributes:
        value: Value of the policy.
        other: Value of the other one.
        difference: Of the first less the other, by doubly robust scores of the same decisions.
        verdict: Verdict on the first, by the always-valid interval of the difference; ``too_few`` where so few
            customers bought that neither the mean nor the interval can be trusted.
        more: About how many more decisions are needed for a verdict; 0 where there is one.
        buyers: Number of customers who bought after what the first policy does rather than the other, or after what
            the other does rather than the first, whichever is less.
    """

    value: PolicyValue
    other: PolicyValue
    difference: Estimate
    verdict: Comparison
    more: int
    buyers: int

    @property
    def tells(self) -> bool:
        """Return True if the figures mean something: there is support, and there are enough outcomes."""
        return self.verdict not in {"too_few", "no_support"}

    def __str__(self) -> str:
        """Return the verdict in words."""
        if self.verdict == "too_few":
            return f"cannot tell yet (too few outcomes: {self.buyers} customers bought of {FEWEST} needed on each side)"
        if self.verdict == "cannot_tell":
            return f"cannot tell (about {roughly(self.more)} more decisions)"
        return "no support in the log" if self.verdict == "no_support" else self.verdict


def with_open_choice(log: DecisionLog, held_out_probability: Matrix) -> DecisionLog:
    """Return the decisions that say something about actions: the customer was not known to be held out from one.

    Under any policy those customers would get nothing, so a policy is judged on the others.

    Args:
        log: Decisions.
        held_out_probability: Probability of being held out from each action, given the past; see
            ``retention.effects.holdout``, shape (decisions, actions).
    """
    return log.where(held_out_probability.max(axis=1) < 1.0)


def logging_policy(log: DecisionLog) -> Matrix:
    """Return the policy that wrote the log, as probabilities of shape (decisions, actions)."""
    return log.probability


def always(log: DecisionLog, action: int) -> Matrix:
    """Return the policy that takes one action for everyone, as probabilities of shape (decisions, actions)."""
    return chosen_policy(np.full(len(log), action), len(log.actions))


def chosen_policy(action: Integers, actions: int) -> Matrix:
    """Return a policy without chance, as probabilities of shape (decisions, actions).

    Args:
        action: Index of its action for each decision, shape (decisions,).
        actions: Number of actions.
    """
    return np.eye(actions)[action]


def evaluate_policy(log: DecisionLog, policy: Matrix) -> PolicyValue:
    """Estimate what a policy would have brought.

    Args:
        log: Decisions with outcomes, less costs where costs shall count.
        policy: Probability of each action, known before the decision, shape (decisions, actions).
    """
    return _value(log, policy, predicted_outcomes(log))


def compare_policies(
    log: DecisionLog,
    policy: Matrix,
    other: Matrix,
    least: float = 0.0,
    predicted: Matrix | None = None,
    bought: Flags | None = None,
) -> PolicyComparison:
    """Compare what two policies would have brought.

    Args:
        log: Decisions with outcomes, less costs where costs shall count.
        policy: Probability of each action, shape (decisions, actions).
        other: The same of the policy to compare with, for example ``logging_policy``.
        least: Smallest difference that would matter, for the number of decisions still needed.
        predicted: Predicted outcome of each action, by other customers, shape (decisions, actions); unset: those of
            ``predicted_outcomes``.
        bought: True for decisions after which the customer bought, shape (decisions,); unset: whose outcome is not 0.
    """
    predicted = predicted_outcomes(log) if predicted is None else predicted
    value, baseline = _value(log, policy, predicted), _value(log, other, predicted)
    difference = estimate_mean(
        policy_scores(log, policy, predicted) - policy_scores(log, other, predicted), log.customer
    )
    buyers = _fewest_buyers(log, policy - other, log.outcome != 0.0 if bought is None else bought)
    verdict = _verdict(value, baseline, difference, buyers)
    more = decisions_needed(difference, least) if verdict == "cannot_tell" else 0
    return PolicyComparison(value, baseline, difference, verdict, more, buyers)


def policy_scores(log: DecisionLog, policy: Matrix, predicted: Matrix) -> Vector:
    """Return the doubly robust score of a policy for each decision, shape (decisions,).

    Args:
        log: Decisions.
        policy: Probability of each action, shape (decisions, actions).
        predicted: Predicted outcome of each action, shape (decisions, actions).
    """
    surprise = log.outcome - predicted[np.arange(len(log)), log.done]
    scores: Vector = (policy * predicted).sum(axis=1) + _weights(log, policy) * surprise
    return scores


def _value(log: DecisionLog, policy: Matrix, predicted: Matrix) -> PolicyValue:
    weights = _weights(log, policy)
    unsupported: Flags = log.probability <= 0.0
    total = float(weights.sum())
    return PolicyValue(
        ips=estimate_mean(weights * log.outcome, log.customer),
        self_normalised=_self_normalised(log, weights),
        doubly_robust=estimate_mean(policy_scores(log, policy, predicted), log.customer),
        effective=total * total / max(float(weights @ weights), 1e-300),
        unsupported=float((policy * unsupported).sum(axis=1).mean()) if len(log) else 1.0,
    )


def _self_normalised(log: DecisionLog, weights: Vector) -> Estimate:
    """Return the weighted mean outcome, with the error of a ratio (delta method)."""
    total = float(weights.sum())
    if total <= 0.0:
        return estimate_mean(np.zeros(0), np.zeros(0, dtype=np.int64))
    value = float(weights @ log.outcome) / total
    error, customers = clustered_error(weights * (log.outcome - value) * len(log) / total, log.customer)
    return Estimate(value, error, len(log), customers)


def _weights(log: DecisionLog, policy: Matrix) -> Vector:
    return policy[np.arange(len(log)), log.done] / log.probability_of_done


def _fewest_buyers(log: DecisionLog, preference: Matrix, bought: Flags) -> int:
    """Return the number of customers who bought after what one of two policies prefers, of the one with fewer."""
    preferred = preference[np.arange(len(log)), log.done]
    return min(len(np.unique(log.customer[bought & (sign * preferred > 0.0)])) for sign in (1.0, -1.0))


def _verdict(value: PolicyValue, baseline: PolicyValue, difference: Estimate, buyers: int) -> Comparison:
    if max(value.unsupported, baseline.unsupported) > MOST_UNSUPPORTED:
        return "no_support"
    if buyers < FEWEST:
        return "too_few"
    if not (value.is_supported and baseline.is_supported):
        return "no_support"
    within = difference.always
    if within.low > 0.0:
        return "better"
    return "worse" if within.high < 0.0 else "cannot_tell"
