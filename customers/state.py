"""State of a customer: decayed sums, extremes, counts, open questions; of bounded size, whatever happens.

Every field can be computed from the customer's events in any order, so that late and shuffled events give the same
state as ordered ones. Decayed sums follow the exponential decay of Cormode et al., "Forward Decay" (ICDE 2009):
each is kept as of one common moment, and an older event is added with the decay that it has had since.
"""

from itertools import accumulate
from typing import Final

import msgspec

from customers.facts import Fact

STATE_VERSION: Final = 5

MILLION: Final = 1_000_000
"""Probabilities are stored as integral millionths."""

KEPT_PURCHASE_TIMES: Final = 8
"""Number of purchases whose times are kept."""

HALF_LIVES: Final = (7, 30, 90, 365)
"""Of decayed sums, days."""

PURCHASES_7: Final = 0
PURCHASES_30: Final = 1
PURCHASES_90: Final = 2
PURCHASES_365: Final = 3
SPEND_90: Final = 4
SPEND_365: Final = 5
RETURNS_90: Final = 6
HARMFUL_RETURNS_90: Final = 7
CONTACTS_30: Final = 8
UNRESOLVED_90: Final = 9
UNHAPPY_90: Final = 10

SUM_HALF_LIVES: Final = (0, 1, 2, 3, 2, 3, 2, 2, 1, 2, 2)
"""Index into HALF_LIVES of each decayed sum."""

NEVER: Final = 0
"""Time of an event that has not happened; all real ones lie after 1970."""

EVENT_HASH_BYTES: Final = 8
"""Length of the hash of an event id."""

ORDER_HASH_BYTES: Final = 4
"""Length of the hash of an order id."""

CONTENT_HASH_BYTES: Final = 2
"""Length of the hash of what an event says."""


class LabelHorizon(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Horizon and grace of questions; most customers' open questions share one.

    Attributes:
        horizon_ms: Time after ``asked_at`` that a question covers, ms.
        grace_ms: Time after the horizon until the answer is final, ms.
    """

    horizon_ms: int
    grace_ms: int


class Question(msgspec.Struct, array_like=True):
    """An open question: will this customer buy after ``asked_at`` and within the label horizon?

    A customer has about five, so it is small; :class:`customers.questions.settle.Settled` is its readable form.

    Attributes:
        asked_at: Time of the question, ms since 1970.
        label_horizon: Index into the customer's label horizons.
        bought: True if it was asked at a purchase, False at a review.
        features: Snapshot of the moment's features (see ``customers.features.feature_snapshot``).
        risk_millionths: Probability of leaving predicted at the question.
        model_version: Version of the model that predicted it.
        purchases: Number of purchases within the horizon so far.
        amount: Sum of these purchases, reporting currency.
        bought_after: First of these purchases, ms after ``asked_at``; NEVER if there is none so far.
    """

    asked_at: int
    label_horizon: int
    bought: bool
    features: bytes
    risk_millionths: int
    model_version: str
    purchases: int = 0
    amount: float = 0.0
    bought_after: int = NEVER


class Customer(msgspec.Struct, array_like=True):
    """State of one customer. All times are ms since 1970, and NEVER for what has not happened.

    Attributes:
        version: Of this layout.
        clock: Instant up to which facts are folded and questions settled.
        sums: Decayed sums as of ``as_of``, in the order of the indexes above.
        as_of: Latest ``occurred`` of a folded purchase, return or contact.
        first_seen: Earliest ``occurred``.
        first_purchase: Earliest purchase.
        last_purchase: Latest purchase.
        gaps: Times between the latest few purchases, ms, the earliest gap first.
        purchases: Number of purchases; all events of an order are one, at the time of the earliest.
        spend: Sum of all purchases, reporting currency.
        units: Number of units bought.
        returns: Number of returns.
        refunds: Sum of all refunds, reporting currency.
        last_return: Latest return.
        last_harmful_return: Latest return of something defective or not as described.
        contacts: Number of contacts.
        last_contact: Latest contact.
        last_unresolved: Latest unresolved contact.
        last_resolved: Latest resolved contact.
        last_judged: Latest judgement by an agent or somebody else who knows the customer.
        sentiment: The mood by that judgement, -2 to 2.
        leaving: True if that judgement expects the customer to leave.
        remembered: Hashes of the latest folded event ids, oldest first, EVENT_HASH_BYTES each.
        next_review: Next review of a silent customer, NEVER before the first purchase.
        label_horizons: Label horizons of the open questions, each once, in the order of their first use.
        questions: Open questions, the first to settle first.
        pending: Facts stamped after the watermark, in order.
        alert_raised: Time at which the standing alert was raised, NEVER if there is none.
        retention: What deciding remembers of the customer, in its own encoding; empty for many.
        judged_by: Who gave the latest judgement; empty for a support agent in a contact.
        told: Number of actions taken and judgements.
        retention_due: Next instant at which something that deciding remembers is due, NEVER if nothing is.
        orders: Hashes of the orders of the latest few purchases, in the order of their times, ORDER_HASH_BYTES each.
        parts: Number of purchase events that belong to orders counted before.
        contents: Hashes of what the remembered events said, in their order, CONTENT_HASH_BYTES each.
    """

    version: int = STATE_VERSION
    clock: int = 0
    sums: list[float] = msgspec.field(default_factory=lambda: [0.0] * len(SUM_HALF_LIVES))
    as_of: int = NEVER
    first_seen: int = NEVER
    first_purchase: int = NEVER
    last_purchase: int = NEVER
    gaps: list[int] = []
    purchases: int = 0
    spend: float = 0.0
    units: int = 0
    returns: int = 0
    refunds: float = 0.0
    last_return: int = NEVER
    last_harmful_return: int = NEVER
    contacts: int = 0
    last_contact: int = NEVER
    last_unresolved: int = NEVER
    last_resolved: int = NEVER
    last_judged: int = NEVER
    sentiment: int = 0
    leaving: bool = False
    remembered: bytes = b""
    next_review: int = NEVER
    label_horizons: list[LabelHorizon] = []
    questions: list[Question] = []
    pending: list[Fact] = []
    alert_raised: int = NEVER
    retention: bytes = b""
    judged_by: str = ""
    told: int = 0
    retention_due: int = NEVER
    orders: bytes = b""
    parts: int = 0
    contents: bytes = b""

    @property
    def purchase_times(self) -> list[int]:
        """Times of the latest few purchases, sorted."""
        if self.last_purchase == NEVER:
            return []
        return [self.last_purchase - after for after in accumulate(reversed(self.gaps), initial=0)][::-1]
