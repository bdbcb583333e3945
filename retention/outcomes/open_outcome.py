"""Open outcomes: what has followed a decision so far, counted in whatever order the facts come."""

from typing import Final

import msgspec

from customers.facts import PART, PURCHASE, RETURN, Fact
from customers.state import NEVER
from retention.outcomes.settle import RESULTS
from schemas.records.score import Segment

MOST_OPEN_OUTCOMES: Final = 16
"""Limit of a customer's open outcomes: while there are so many, nothing more is decided."""


class OpenOutcome(msgspec.Struct, array_like=True):
    """A decision whose horizon is not over; what was known when it was made is kept until then.

    Attributes:
        decided_at: Instant of the decision, ms since 1970; with the customer it identifies the decision.
        action: Action that was decided, or ``none``.
        held_out: True for a ghost decision.
        horizon_ms: Horizon of the action, ms; for ``none``, of that of the allowed ones that has the longest.
        grace_ms: Time after the horizon in which late events are waited for, ms.
        cost: Cost of carrying it out, reporting currency.
        rule: Name of the rule that allowed the actions.
        segment: Kind of treatment of the customer at the decision.
        risk: Probability of leaving at the decision.
        value_at_risk: Yearly margin at risk at the decision, reporting currency.
        policy_version: Version of the policy that decided.
        probability: Probability of each action, and of ``none``, being in effect.
        held_out_probability: Probability of being held out from the decided action.
        expected_margin: Margin that was expected within the horizon if nothing was done, reporting currency.
        expected_gain: What the action was expected to bring, before its cost, reporting currency.
        guesses: Gain of each allowed action by the playbook's guess, reporting currency.
        features: Snapshot of all features at the decision (see ``retention.outcomes.outcome_record``).
        purchases: Number of purchases within the horizon so far.
        amount: Sum of these purchases, reporting currency.
        refunds: Sum of refunds within the horizon so far, reporting currency.
        result: What was reported last of the action, as an index in ``RESULTS``.
        reported_at: Time of this report, ms since 1970; NEVER if there is none.
    """

    decided_at: int
    action: str
    held_out: bool
    horizon_ms: int
    grace_ms: int
    cost: float
    rule: str
    segment: Segment
    risk: float
    value_at_risk: float
    policy_version: str
    probability: dict[str, float]
    held_out_probability: float
    expected_margin: float
    expected_gain: float
    guesses: dict[str, float]
    features: bytes
    purchases: int = 0
    amount: float = 0.0
    refunds: float = 0.0
    result: int = 0
    reported_at: int = NEVER

    @property
    def closes_at(self) -> int:
        """End of the horizon, ms since 1970."""
        return self.decided_at + self.horizon_ms

    @property
    def settles_at(self) -> int:
        """End of the grace, from which on the outcome is final, ms since 1970."""
        return self.decided_at + self.horizon_ms + self.grace_ms

    def count(self, fact: Fact) -> bool:
        """Count a new fact if it is a purchase, a part of one or a return within the horizon; return True if it was."""
        if fact.kind not in (PURCHASE, PART, RETURN) or not self.decided_at < fact.occurred <= self.closes_at:
            return False
        if fact.kind == RETURN:
            self.refunds += fact.amount
        else:
            self.purchases += fact.kind == PURCHASE
            self.amount += fact.amount
        return True

    def report(self, result: str, at: int) -> None:
        """Keep what was reported last of the action; of two reports at one moment the greater index counts.

        Args:
            result: What came of it.
            at: When, ms since 1970.
        """
        self.reported_at, self.result = max((self.reported_at, self.result), (at, RESULTS.index(result)))
