"""A settled decision with everything that was known of the customer, as it is read back from ClickHouse."""

from datetime import datetime

import msgspec

from schemas.records.score import LifeCycle, Segment, ValueTier


class LoggedDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision, what was known when it was made, and what followed.

    Attributes:
        customer_id: Id of the customer.
        decided_at: Instant of the decision, UTC.
        action: Action that was drawn, held out or not.
        held_out: True for a ghost decision.
        propensity: Probability of each action that the rules and limits allowed, and of ``none``, without the holdout.
        probability: Probability of each action, and of ``none``, being in effect.
        policy_version: Version of the playbook, and of what was learnt.
        rule: Name of the rule that allowed the actions.
        margin: Margin within the action's horizon, reporting currency.
        spent: Cost that was spent, reporting currency.
        cost: Cost of carrying the action out, reporting currency.
        horizon_days: Horizon of the action; for ``none``, the longest one of the allowed actions.
        expected_margin: Margin that was expected if nothing was done, reporting currency.
        risk: Probability of leaving.
        value_at_risk: Yearly margin at risk, reporting currency.
        segment: Kind of treatment of the customer.
        reasons: Groups of features that the risk is put down to.
        feature_set: Hash of the list of features that ``features`` follows.
        features: Features at the decision.
        yearly_margin: Margin of a year at the customer's rate of buying, reporting currency; None if the score is gone.
        life_cycle: Stage in the customer's life; empty if the score is gone.
        value_tier: Yearly margin relative to other customers; empty if the score is gone.
    """

    customer_id: str
    decided_at: datetime
    action: str
    held_out: bool
    propensity: dict[str, float]
    probability: dict[str, float]
    policy_version: str
    rule: str
    margin: float
    spent: float
    cost: float
    horizon_days: float
    expected_margin: float
    risk: float
    value_at_risk: float
    segment: Segment
    reasons: tuple[str, ...]
    feature_set: str
    features: tuple[float, ...]
    yearly_margin: float | None
    life_cycle: LifeCycle
    value_tier: ValueTier
