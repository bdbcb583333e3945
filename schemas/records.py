"""Records that the worker writes: scores, settled questions, alerts and holes of feeds."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from schemas.trace import Headers

Cause = Literal["interaction", "review"]
Segment = Literal["keep_at_all_costs", "win_back", "look_after", "let_be"]
LifeCycle = Literal["", "new", "growing", "steady", "slipping", "gone", "won_back"]
ValueTier = Literal["", "high", "middle", "low"]

PUBLISHED_DIGITS: Final = 6
"""Decimal digits of published probabilities and of the numbers beside them."""


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


class TrainingExample(msgspec.Struct, frozen=True, kw_only=True):
    """One settled question with its answer, on ``training_examples`` and in ClickHouse.

    Attributes:
        customer_id: Id of the customer.
        asked_at: Time of the question, UTC; with the customer it identifies the question.
        settled_at: Time at which the answer was final: asked_at plus horizon and grace, UTC.
        cause: ``interaction`` for a question at a purchase, ``review`` for one at a review.
        horizon_days: Horizon of the question: will this customer buy within this many days?
        left: Answer: true if nothing was bought.
        purchases: Number of purchases within the horizon.
        amount: Sum of these purchases, reporting currency.
        risk: Probability of leaving that was predicted at the question.
        model_version: Version of the model that predicted it.
        feature_set: Hash of the list of features that ``features`` follows.
        features: Features at the question.
        bought_after_days: Days from the question to the first purchase within the horizon; null if there was none.
        void: True if more than a tenth of the horizon lay in holes of the purchases: neither learnt nor counted.
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
    void: bool = False


class BorderMarker(msgspec.Struct, frozen=True, kw_only=True):
    """Notice that a customer partition has passed a border of epochs, on ``training_examples``.

    It follows every answer of the partition that was settled before the border, in the same transaction or a later one.
    A record with the header ``border`` is one, and has no key; readers of answers skip it.

    Attributes:
        partition: Number of the customer partition.
        partitions: Number of customer partitions.
        border: The border, and thereby every earlier one, UTC.
    """

    partition: int
    partitions: int
    border: datetime


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Alert about a customer, raised or cleared, on ``alerts`` and in ClickHouse: of a risk, or of a decision.

    The alert of a risk is raised when the customer is likely to leave, and has no ``decision_id``. The alert of a
    decision is raised when something is to be done for the customer, and cleared when that ends; ghost decisions, and
    those to do nothing, have none.

    Attributes:
        alert_id: Id, the same for raising and clearing, and in a replay; that of the decision, where it is of one.
        customer_id: Id of the customer.
        raised_at: Time at which it was raised, UTC; also when it is cleared.
        changed_at: Time of this record, UTC.
        state: raised or cleared.
        risk: Probability of leaving at ``changed_at``.
        value_at_risk: Yearly margin that the customer is expected not to bring, reporting currency.
        segment: Kind of treatment of the customer.
        reasons: Reasons for the risk, the strongest first.
        decision_id: Id of the decision; empty in the alert of a risk, as are all further fields.
        action: Name of the action that is to be done.
        team: Who is to do it.
        channel: Way to reach the customer.
        do_after: Beginning of the time in which it is to be done, UTC.
        due_by: End of this time, UTC; the decision lapses then.
        expected_gain: What the action is expected to bring, before its cost, reporting currency.
        what_changed: Sentences on what is new about the customer; may be empty.
        template: Name of the text in the tool that sends it; may be empty.
        ended_by: Cause of the end, where it is cleared: the customer bought, somebody reported the action's result, or
            its time was over; empty if the customer was erased, or nothing is decided any more.
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
    decision_id: str = ""
    action: str = ""
    team: str = ""
    channel: str = ""
    do_after: datetime | None = None
    due_by: datetime | None = None
    expected_gain: float | None = None
    what_changed: tuple[str, ...] = ()
    template: str = ""
    ended_by: Literal["", "purchase", "result", "lapse"] = ""


class FeedHole(msgspec.Struct, frozen=True, kw_only=True):
    """Span in which a whole raw topic was silent although many events were likely, on ``holes`` and in ClickHouse.

    It is written once an event has ended it, by every customer partition alike.

    Attributes:
        topic: Raw topic.
        starts_at: End of the last hour with an event, UTC; with the topic it identifies the hole.
        known_at: Time from which on it was known to be a hole, UTC.
        ends_at: Start of the first hour with an event again, UTC.
        missing: Number of events that were expected in it, by the topic's own rate.
    """

    topic: str
    starts_at: datetime
    known_at: datetime
    ends_at: datetime
    missing: float


BORDER: Final = "border"
"""Header of a :class:`BorderMarker`."""

OUTCOME: Final = "outcome"
"""Header of a :class:`schemas.decisions.DecisionOutcome` on ``training_examples``."""

BIDS: Final = "bids"
"""Header of a :class:`schemas.decisions.BidCounts`."""

LEARNER_NOTES: Final = frozenset({BORDER, OUTCOME, BIDS})
"""Headers of the records on ``training_examples`` that are no answers; they have no key."""


def is_learner_note(headers: Headers | None) -> bool:
    """Return True if a record on ``training_examples`` with these headers is for the learner alone, and no answer."""
    if isinstance(headers, dict):
        return not LEARNER_NOTES.isdisjoint(headers)
    return any(header[0] in LEARNER_NOTES for header in headers or ())


encode_record: Final = msgspec.json.Encoder().encode
decode_risk_score: Final = msgspec.json.Decoder(RiskScore).decode
decode_training_example: Final = msgspec.json.Decoder(TrainingExample).decode
decode_border_marker: Final = msgspec.json.Decoder(BorderMarker).decode
decode_alert: Final = msgspec.json.Decoder(Alert).decode
decode_hole: Final = msgspec.json.Decoder(FeedHole).decode
