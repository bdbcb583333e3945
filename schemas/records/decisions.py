"""Records of deciding: decisions, what followed them, and the bids from which prices of capacity follow."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from schemas.records.score import ReasonInWords, Segment

ActionResult = Literal["done", "no_answer", "refused", "accepted", "not_done", "dismissed"]


class GainInterval(msgspec.Struct, frozen=True):
    """Interval that holds what acting brings with 95 % probability, reporting currency.

    Attributes:
        low: Lower end.
        high: Upper end.
    """

    low: float
    high: float


class RetentionDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Decision for a customer at a score: what is to be done, and with what probability it was drawn.

    Attributes:
        decision_id: Id, the same in a replay.
        customer_id: Id of the customer.
        decided_at: Instant of the score, UTC.
        action: Name of the action; ``none`` if it was drawn to leave the customer alone.
        held_out: True for a ghost decision: nothing is to be done, so that what acting brings can be seen.
        propensity: Probability of each action that the rules and limits allowed, and of ``none``; multiples of a
            millionth with the sum 1. It does not contain the holdout.
        policy_version: Version of the playbook, and of what was learnt.
        rule: Name of the rule that allowed the actions.
        expected_gain: What the action is expected to bring, before its cost, reporting currency.
        interval: Interval of the gain; absent while it is not known yet and ``expected_gain`` is the playbook's guess.
        cost: Cost of the action, reporting currency.
        risk: Probability of leaving at ``decided_at``.
        value_at_risk: Yearly margin that the customer is expected not to bring, reporting currency.
        reasons: Reasons for the risk, the strongest first.
        what_changed: Sentences on what is new since the last decision or contact, or within a month; may be empty.
        do_after: Beginning of the time in which it is to be done, UTC.
        due_by: End of this time, UTC; the decision lapses then.
        team: Who is to do it; empty for ``none``.
        channel: Way to reach the customer; empty for ``none``.
        template: Name of the text in the tool that sends it; may be empty.
        segment: Kind of treatment of the customer.
    """

    decision_id: str
    customer_id: str
    decided_at: datetime
    action: str
    held_out: bool
    propensity: dict[str, float]
    policy_version: str
    rule: str
    expected_gain: float
    interval: GainInterval | None = None
    cost: float
    risk: float
    value_at_risk: float
    reasons: tuple[ReasonInWords, ...]
    what_changed: tuple[str, ...]
    do_after: datetime
    due_by: datetime
    team: str
    channel: str
    template: str
    segment: Segment


class DecisionOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What followed a decision within its action's horizon, settled once, on ``outcomes`` and in ClickHouse.

    A copy without ``customer_id`` and without a key is on ``training_examples`` under the header ``outcome``, so that
    the learner reads it in one order with answers and borders.

    Attributes:
        decision_id: Id of the decision.
        customer_id: Id of the customer; empty in the learner's copy.
        decided_at: Instant of the decision, UTC.
        settled_at: Instant at which this was final, UTC: at or after decided_at plus horizon and grace.
        action: Action that was decided; ``none`` if it was drawn to leave the customer alone.
        held_out: True for a ghost decision.
        result: What was reported last of the action; empty if nothing was.
        bought: True if anything was bought within the horizon.
        purchases: Number of purchases within the horizon.
        margin: Margin on what was bought less what was refunded within the horizon, reporting currency.
        refunds: Refunds within the horizon, reporting currency.
        cost: Cost that was spent, reporting currency; 0 where nobody tried.
        horizon_days: Horizon of the action; for ``none``, the longest one of the allowed actions.
        rule: Name of the rule that allowed the actions.
        segment: Kind of treatment of the customer at the decision.
        risk: Probability of leaving at the decision.
        value_at_risk: Yearly margin at risk at the decision, reporting currency.
        policy_version: Version of the policy that decided.
        probability: Probability of each action, and of ``none``, being in effect: drawn and not held out, given all
            that happened before. They sum to one.
        held_out_probability: Probability of being held out from the decided action, given the earlier decisions of
            the season; at 0 or 1 the decision is no experiment.
        expected_margin: Margin that was expected within the horizon if nothing was done, reporting currency.
        expected_gain: What the action was expected to bring beyond it, before its cost, reporting currency.
        gain_score: Doubly robust score of what the action brought; its mean over decisions is the action's effect.
            Null where the decision is no experiment, for ``none``, and where the outcome is void.
        guesses: Gain of each allowed action by the playbook's guess, which the model of gains corrects.
        feature_set: Hash of the list of features that ``features`` follows.
        features: Features at the decision.
        void: True if more than a tenth of the horizon lay in holes of the purchases: neither learnt nor counted.
    """

    decision_id: str
    customer_id: str
    decided_at: datetime
    settled_at: datetime
    action: str
    held_out: bool
    result: Literal["", "done", "no_answer", "refused", "accepted", "not_done", "dismissed"]
    bought: bool
    purchases: int
    margin: float
    refunds: float
    cost: float
    horizon_days: float
    rule: str
    segment: Segment
    risk: float
    value_at_risk: float
    policy_version: str
    probability: dict[str, float]
    held_out_probability: float
    expected_margin: float
    expected_gain: float
    gain_score: float | None
    guesses: dict[str, float]
    feature_set: str
    features: tuple[float, ...]
    void: bool = False


class BidCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Bids of some customers for units of capacity, on ``training_examples`` under the header ``bids``.

    It goes with the decisions of its transaction; counts of one epoch can be added in any order.

    Attributes:
        epoch: Border at which the epoch of the bids begins, UTC.
        counts: Number of bids by action and bin (see ``retention.decide.choice.prices``).
    """

    epoch: datetime
    counts: dict[str, dict[int, int]]


decode_decision: Final = msgspec.json.Decoder(RetentionDecision).decode
decode_outcome: Final = msgspec.json.Decoder(DecisionOutcome).decode
decode_bid_counts: Final = msgspec.json.Decoder(BidCounts).decode
