"""What the worker writes: scores, settled questions and alerts."""

from datetime import datetime
from typing import Final, Literal

import msgspec

Cause = Literal["interaction", "review"]
Segment = Literal["keep_at_all_costs", "win_back", "look_after", "let_be"]
LifeCycle = Literal["", "new", "growing", "steady", "slipping", "gone", "won_back"]
ValueTier = Literal["", "high", "middle", "low"]

PUBLISHED_DIGITS: Final = 6
"""Decimal digits of published probabilities and of the numbers beside them."""


class ReasonInWords(msgspec.Struct, frozen=True):
    """Why a risk is what it is.

    Attributes:
        feature: The group of features that speaks.
        effect: What it adds to the log-odds of leaving, against the average customer.
        text: The same in a sentence with the customer's own numbers.
    """

    feature: str
    effect: float
    text: str


class Outlook(msgspec.Struct, frozen=True):
    """What a customer may do within the horizon: four probabilities that sum to one, each to six digits.

    What is usual follows from the customer's own decayed rate of spending; where less and more begin are settings.

    Attributes:
        nothing: Buys nothing; the same as the risk.
        less: Buys for less than usual.
        usual: Buys for about as much as usual.
        more: Buys for more than usual.
    """

    nothing: float
    less: float
    usual: float
    more: float


class NextPurchase(msgspec.Struct, frozen=True):
    """When a customer buys next, if within the horizon at all; UTC.

    Attributes:
        expected_at: As likely before as after.
        earliest_at: One in ten buys before.
        latest_at: One in ten buys after.
    """

    expected_at: datetime
    earliest_at: datetime
    latest_at: datetime


class RiskScore(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One score of one customer, on ``risk_scores`` and in ClickHouse.

    Attributes:
        customer_id: Whose it is.
        scored_at: The moment that it speaks of, UTC.
        cause: Whether an interaction or a review of a silent customer led to it.
        risk: Probability that the customer buys nothing within the horizon after ``scored_at``.
        reasons: At most three, the strongest first.
        value_at_risk: How much of the margin expected of the customer in a year the outlook puts at risk, reporting
            currency.
        segment: What to do with the customer.
        model_version: Which model answered; one beginning with ``rule`` has not learnt enough yet.
        outlook: What the customer may do within the horizon; None, and absent in JSON, while the rule answers.
        next_purchase: When the customer buys next, if within the horizon; absent likewise.
        life_cycle: Where in the life of a customer; empty for who never bought, and in scores older than the field.
        value_tier: What a year is worth, set against other customers; empty likewise.
        yearly_margin: What a year would bring at the customer's decayed rate of spending, reporting currency; 0 before
            the first purchase, and in scores older than the field.
    """

    customer_id: str
    scored_at: datetime
    cause: Cause
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


class TrainingExample(msgspec.Struct, frozen=True, kw_only=True):
    """One settled question, on ``training_examples`` and in ClickHouse.

    Attributes:
        customer_id: Who was asked about.
        asked_at: When; with the customer it names the question.
        settled_at: When the answer was final: asked_at, the horizon and the grace together.
        cause: Whether a purchase or a review led to the question.
        horizon_days: "Will this customer buy within so many days?"
        left: The answer: true where nothing was bought.
        purchases: How many purchases fell into the horizon.
        amount: What they came to, reporting currency.
        risk: The probability of leaving that was given when it was asked.
        model_version: Who gave it.
        feature_set: Name of the list of features that ``features`` follows.
        features: The features of that moment.
        bought_after_days: Days from the question to the first purchase within the horizon; None where there was none.
    """

    customer_id: str
    asked_at: datetime
    settled_at: datetime
    cause: Cause
    horizon_days: float
    left: bool
    purchases: int
    amount: float
    risk: float
    model_version: str
    feature_set: str
    features: tuple[float, ...]
    bought_after_days: float | None = None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A customer who must be kept, or no longer, on ``alerts`` and in ClickHouse.

    Attributes:
        alert_id: The same for the raising and the clearing, and the same again when replayed.
        customer_id: Who.
        raised_at: When it was raised; kept when it is cleared.
        changed_at: When this state was reached.
        state: raised or cleared.
        risk: Probability of leaving at ``changed_at``.
        value_at_risk: What that would cost, reporting currency.
        segment: What to do.
        reasons: Why, the strongest first.
    """

    alert_id: str
    customer_id: str
    raised_at: datetime
    changed_at: datetime
    state: Literal["raised", "cleared"]
    risk: float
    value_at_risk: float
    segment: Segment
    reasons: tuple[ReasonInWords, ...]


encode_record: Final = msgspec.json.Encoder().encode
decode_risk_score: Final = msgspec.json.Decoder(RiskScore).decode
decode_training_example: Final = msgspec.json.Decoder(TrainingExample).decode
decode_alert: Final = msgspec.json.Decoder(Alert).decode
