"""Rows that pages show of one customer: who they are, what happened, what they buy and what is to be done."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from schemas.records.decisions import RetentionDecision
from schemas.records.score import ReasonInWords

TimelineKind = Literal["purchase", "return", "support_contact", "action_taken", "judgement", "decision", "score"]


class TimelineItem(msgspec.Struct, frozen=True):
    """A line of a purchase or return.

    Attributes:
        sku: Article.
        quantity: Number of units.
        amount: Total of the line, reporting currency.
        category: Category of the article; empty for returns.
    """

    sku: str
    quantity: int
    amount: Decimal
    category: str = ""


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a customer; fields that its kind does not have are empty.

    Attributes:
        kind: An event's type, ``decision`` or ``score``.
        at: When it happened, UTC.
        id: Id of the event or decision; of a score its cause, ``interaction`` or ``review``.
        amount: Total of a purchase or refund of a return, reporting currency.
        units: Number of units bought or returned.
        items: Lines of a purchase or return.
        order_id: Order bought or returned from.
        channel: Channel of the sale, the contact or the decision.
        reason: Reason for a return.
        topic: Subject of a contact.
        direction: Inbound if the customer made contact, else outbound.
        resolved: True if the matter of a contact was resolved; None if unknown.
        wait_seconds: Waiting time of the customer, seconds.
        satisfaction: Rating by the customer, from 1 (worst) to 5.
        sentiment: Mood of the customer by somebody's judgement, -2 to 2.
        likely_to_leave: Judgement of the same person.
        note: Words of the person who acted or judged.
        by: Who acted or judged.
        action: Action that was taken or decided.
        result: What came of an action.
        decision_id: Decision that an action carries out.
        risk: Risk at a score or decision.
        reasons: Reasons for it, the strongest first.
        due_by: End of the time in which a decision is to be carried out, UTC.
        expected_gain: What a decision is expected to bring, before its cost, reporting currency.
        extra: Further data that the publisher of an event gave.
    """

    kind: TimelineKind
    at: datetime
    id: str
    amount: Decimal = Decimal(0)
    units: int = 0
    items: tuple[TimelineItem, ...] = ()
    order_id: str = ""
    channel: str = ""
    reason: str = ""
    topic: str = ""
    direction: str = ""
    resolved: bool | None = None
    wait_seconds: float | None = None
    satisfaction: int | None = None
    sentiment: int | None = None
    likely_to_leave: bool | None = None
    note: str = ""
    by: str = ""
    action: str = ""
    result: str = ""
    decision_id: str = ""
    risk: float | None = None
    reasons: tuple[ReasonInWords, ...] = ()
    due_by: datetime | None = None
    expected_gain: float | None = None
    extra: dict[str, str] = {}


class CustomerTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over all interactions of a customer; amounts in the reporting currency, moments in UTC.

    Attributes:
        first_seen, last_seen: First and last interaction.
        first_purchase_at, last_purchase_at: First and last purchase; None if there is none.
        purchases: Number of purchases.
        revenue: What they came to.
        units: Units bought.
        returns: Number of returns.
        refunds: What they came to.
        contacts: Number of support contacts.
        unresolved: How many of these did not end well.
        last_satisfaction: Last rating, from 1 (worst) to 5; None if never asked.
    """

    first_seen: datetime
    last_seen: datetime
    first_purchase_at: datetime | None
    last_purchase_at: datetime | None
    purchases: int
    revenue: Decimal
    units: int
    returns: int
    refunds: Decimal
    contacts: int
    unresolved: int
    last_satisfaction: int | None

    @property
    def usual_gap_days(self) -> float | None:
        """Mean days between purchases; None before the second."""
        if self.first_purchase_at is None or self.last_purchase_at is None or self.purchases < 2:  # noqa: PLR2004
            return None
        return (self.last_purchase_at - self.first_purchase_at).total_seconds() / 86_400 / (self.purchases - 1)


class CustomerScore(msgspec.Struct, frozen=True, kw_only=True):
    """Latest score of a customer: everything that it says holds as of ``scored_at``.

    Attributes:
        scored_at: Its instant, UTC.
        risk: Probability of buying nothing within the horizon.
        value_at_risk: Yearly margin that the customer is expected not to bring, reporting currency.
        yearly_margin: Margin of a year at the present rate of spending, reporting currency.
        segment: Kind of treatment.
        life_cycle: Stage in the life of a customer; empty before the first purchase.
        value_tier: high, middle or low; empty likewise.
        reasons: Reasons for the risk, the strongest first.
        model_version: Model that scored; begins with ``rule`` before a model has learnt enough.
        nothing: Probability of buying nothing; None, as all that follows, while the rule scores.
        less, usual, more: Probabilities of spending less than usual, about as much, and more.
        expected_at: Median of the next purchase's time, given that there is one.
        earliest_at, latest_at: Its 10 % and 90 % quantiles.
    """

    scored_at: datetime
    risk: float
    value_at_risk: float
    yearly_margin: float
    segment: str
    life_cycle: str
    value_tier: str
    reasons: tuple[ReasonInWords, ...]
    model_version: str
    nothing: float | None
    less: float | None
    usual: float | None
    more: float | None
    expected_at: datetime | None
    earliest_at: datetime | None
    latest_at: datetime | None


class RiskPoint(msgspec.Struct, frozen=True):
    """Point of the plot of a customer's risk over time.

    Attributes:
        at: Instant of the score, UTC.
        risk: Risk given then.
        segment: Kind of treatment then.
    """

    at: datetime
    risk: float
    segment: str


class BoughtArticle(msgspec.Struct, frozen=True, kw_only=True):
    """Article that a customer bought and kept.

    Attributes:
        sku: Article.
        category: Its category; may be empty.
        units: Units bought less those returned; above 0.
        amount: Amounts less refunds, reporting currency.
        last_bought_at: Last purchase of it, UTC.
    """

    sku: str
    category: str
    units: int
    amount: Decimal
    last_bought_at: datetime


class AlsoBought(msgspec.Struct, frozen=True):
    """Article that buyers of another one also bought and kept, and this customer did not.

    Attributes:
        sku: Article that the customer bought.
        other: Article that others bought as well.
        buyers: Number of customers who bought and kept both.
        lift: How many times more often than by chance.
    """

    sku: str
    other: str
    buyers: int
    lift: float


class CustomerPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page of one customer shows. Ghost decisions are not in it: nobody may know who is held out.

    Attributes:
        customer_id: Who.
        totals: Sums over all interactions.
        score: Latest score; None if there is none.
        segment_since: Since when the segment is what it is; None without a score.
        alert_since: Since when an alert of the risk is raised; None if none is.
        risks: Points of the plot, the earliest first; the latest 400 at most.
        decision: Decision that stands; None if there is none.
        timeline: What happened, the latest first, over all kinds; the latest at most.
        has_older: True if there is more before the timeline's last entry.
        bought: Articles bought and kept, those of the highest amounts first.
        also_bought: Articles that others bought as well, the highest lift first.
        open_complaint: Latest unresolved contact after which no other ended well; None if there is none.
        contacts_in_30_days: Contacts that limit further ones: actions that were tried, within 30 days.
        wishes_no_contact: True if the customer's latest word is not to be contacted.
        left_alone_since: Latest dismissal of a decision, or judgement that they will stay, UTC; None if a later
            judgement says otherwise, or there was none.
    """

    customer_id: str
    totals: CustomerTotals
    score: CustomerScore | None
    segment_since: datetime | None
    alert_since: datetime | None
    risks: tuple[RiskPoint, ...]
    decision: RetentionDecision | None
    timeline: tuple[TimelineEntry, ...]
    has_older: bool
    bought: tuple[BoughtArticle, ...]
    also_bought: tuple[AlsoBought, ...]
    open_complaint: TimelineEntry | None
    contacts_in_30_days: int
    wishes_no_contact: bool
    left_alone_since: datetime | None
