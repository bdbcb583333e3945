"""Log of settled decisions, as columns: what effects and policies are estimated from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from retention.outcomes.columns import Flags, Integers, Matrix, Vector

_MAY_BE_OFF_BY = 1e-6


@dataclass(frozen=True, slots=True)
class DecisionLog:
    """Settled decisions with the known probabilities of everything that might have been done.

    Attributes:
        actions: Names; the first one stands for doing nothing.
        customer: Number that identifies the customer, shape (decisions,).
        done: Index of the action in effect; that of doing nothing where held out, shape (decisions,).
        probability: Probability of each action being the one in effect, given all that had happened before; 0 where it
            was not allowed. Rows sum to one. Shape (decisions, actions).
        outcome: Outcome of each decision, for example its margin in reporting currency, shape (decisions,).
        covariates: Numbers known before the decision, the risk given then among them, shape (decisions, covariates).
    """

    actions: tuple[str, ...]
    customer: Integers
    done: Integers
    probability: Matrix
    outcome: Vector
    covariates: Matrix

    def __post_init__(self) -> None:
        """Check that the columns belong together.

        Raises:
            ValueError: They do not, or probabilities are no probabilities.
        """
        decisions = len(self.done)
        if self.probability.shape != (decisions, len(self.actions)):
            raise ValueError(f"probability has the shape {self.probability.shape}, not {decisions, len(self.actions)}")
        if not len(self.customer) == len(self.outcome) == len(self.covariates) == decisions:
            raise ValueError("the columns differ in length")
        if decisions and not np.allclose(self.probability.sum(axis=1), 1.0, atol=_MAY_BE_OFF_BY):
            raise ValueError("the probabilities of a decision must sum to one")
        if decisions and not (self.probability_of_done > 0.0).all():
            raise ValueError("an action is in effect that had no probability")

    def __len__(self) -> int:
        """Return the number of decisions."""
        return len(self.done)

    @property
    def probability_of_done(self) -> Vector:
        """Return the probability that the action in effect had, shape (decisions,)."""
        return self.probability[np.arange(len(self.done)), self.done]

    def where(self, chosen: Flags) -> "DecisionLog":
        """Return the part of the log that is chosen by a mask of shape (decisions,)."""
        return replace(
            self,
            customer=self.customer[chosen],
            done=self.done[chosen],
            probability=self.probability[chosen],
            outcome=self.outcome[chosen],
            covariates=self.covariates[chosen],
        )

    def with_outcome(self, outcome: Vector) -> "DecisionLog":
        """Return the same decisions with another outcome, shape (decisions,)."""
        return replace(self, outcome=outcome)


def treated_or_held_out(log: DecisionLog, chosen: Integers, held_out_probability: Vector, action: int) -> DecisionLog:
    """Return the decisions for one action as an experiment with two arms: held out, and treated.

    Only decisions count of which the holdout was still open; see ``retention.effects.holdout``.

    Args:
        log: Decisions.
        chosen: Index of the action decided, held out or not, shape (decisions,).
        held_out_probability: Probability of being held out, given all that had happened before, shape (decisions,).
        action: Index of the action.
    """
    open_ones = (chosen == action) & (held_out_probability > 0.0) & (held_out_probability < 1.0)
    part = log.where(open_ones)
    held_out = held_out_probability[open_ones]
    return DecisionLog(
        actions=(log.actions[0], log.actions[action]),
        customer=part.customer,
        done=(part.done == action).astype(np.int64),
        probability=np.column_stack([held_out, 1.0 - held_out]),
        outcome=part.outcome,
        covariates=part.covariates,
    )


def joined(logs: Sequence[DecisionLog]) -> DecisionLog:
    """Return logs of the same actions and covariates as one.

    Args:
        logs: At least one.
    """
    return replace(
        logs[0],
        customer=np.concatenate([log.customer for log in logs]),
        done=np.concatenate([log.done for log in logs]),
        probability=np.concatenate([log.probability for log in logs]),
        outcome=np.concatenate([log.outcome for log in logs]),
        covariates=np.concatenate([log.covariates for log in logs]),
    )
