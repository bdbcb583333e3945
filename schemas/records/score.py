"""Scores: the risk of a customer at one instant, its reasons, and the outlook."""

from datetime import datetime
from typing import Final, Literal

import msgspec

Cause = Literal["interaction", "review"]
Segment = Literal["keep_at_all_costs", "win_back", "look_after", "let_be"]
LifeCycle = Literal["", "new", "growing", "steady", "slipping", "gone", "won_back"]
ValueTier = Literal["", "high", "middle", "low"]


class ReasonInWords(msgspec.Struct, frozen=True):
    """Reason for a risk.

    Attributes:
        feature: Group of features.
        effect: Contribution to the log-odds of leaving, relative to the average customer.
        text: The reason as a sentence with the customer's own numbers.
    """

    feature: str
    effect: float
    text: str


class Outlook(msgspec.Struct, frozen=True):
    """Probabilities of a customer's spending within the horizon; they sum to one and have six digits.

    Usual is the customer's own decayed rate of spending; the bounds of less and more are settings.

    Attributes:
        nothing: Probability of buying nothing; equal to the risk.
        less: Probability of spending less than usual.
        usual: Probability of spending about as much as usual.
        more: Probability of spending more than usual.
    """

    nothing: float
    less: float
    usual: float
    more: float


class NextPurchase(msgspec.Struct, frozen=True):
    """Predicted time of a customer's next purchase, given that there is one within the horizon; UTC.

    Attributes:
        expected_at: Median.
        earliest_at: 10 % quantile.
        latest_at: 90 % quantile.
    """

    expected_at: datetime
    earliest_at: datetime
    latest_at: datetime


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one customer at one instant: the one place where a number of a score is declared.

    The scorer fills it, and :class:`RiskScore` publishes all of it.

    Attributes:
        risk: Probability that the customer buys nothing within the horizon after ``scored_at``.
        reasons: At most three, the strongest first.
        value_at_risk: Part of ``yearly_margin`` that the customer is expected not to bring, by the outlook, reporting
            currency.
        segment: Kind of treatment of the customer.
        model_version: Version of the model; starts with ``rule`` before a model has learnt enough.
        outlook: Probabilities of spending within the horizon; absent while the rule scores.
        next_purchase: Predicted time of the next purchase; absent while the rule scores.
        life_cycle: Stage in the life of a customer; empty before the first purchase, and in scores older than the
            field.
        value_tier: Yearly margin relative to other customers; empty before the first purchase, and in scores older than
            the field.
        yearly_margin: Margin of a year at the customer's decayed rate of spending, reporting currency; 0 before the
            first purchase, and in scores older than the field.
        model_pinned: False if the model of the instant's epoch was not there in time and the last one scored instead,
            so that a replay may give another score.
    """

    risk: float
    reasons: tuple[ReasonInWords, ...]
    value_at_risk: float
    segment: Segment
    model_version: str
    outlook: Outlook | None = None
    next_purchase: NextPurchase | None = None
    life_cycle: LifeCycle = ""
    value_tier: ValueTier = ""
    yearly_margin: float = 0.0
    model_pinned: bool = True


class RiskScore(Score, frozen=True, omit_defaults=True):
    """One score of one customer, on ``risk_scores`` and in ClickHouse.

    Attributes:
        customer_id: Id of the customer.
        scored_at: Instant of the score, UTC.
        cause: ``interaction``, or ``review`` of a silent customer.
    """

    customer_id: str
    scored_at: datetime
    cause: Cause


decode_risk_score: Final = msgspec.json.Decoder(RiskScore).decode
