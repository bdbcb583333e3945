"""The state of one customer: decayed sums, extremes, counts, open questions; bounded, whatever happens.

Every field can be computed from the customer's events in any order, so that late and shuffled events give the state
that ordered ones give. Decayed sums follow the exponential decay of Cormode et al., "Forward Decay" (ICDE 2009):
each is kept as of one common moment, and an older event is added with the decay that it has had since.
"""

from itertools import accumulate
from typing import Final

import msgspec

from customers.facts import Fact

STATE_VERSION: Final = 3

MILLION: Final = 1_000_000
"""Probabilities are kept as whole millionths."""

KEPT_PURCHASE_TIMES: Final = 8

HALF_LIVES: Final = (7, 30, 90, 365)
"""In days."""

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
"""The moment of what has not happened; all real ones lie after 1970."""

EVENT_HASH_BYTES: Final = 8
"""An event's name takes so many where it is remembered."""


class LabelHorizon(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """How questions were asked; most customers' open ones were all asked alike.

    Attributes:
        horizon_ms: A question covers so long from ``asked_at`` on.
        grace_ms: Its answer is final so long after that.
    """

    horizon_ms: int
    grace_ms: int


class Question(msgspec.Struct, array_like=True):
    """Asks whether this customer will buy after ``asked_at`` and within the horizon of its terms.

    It is kept five times a customer, and therefore small; :class:`customers.settle.Settled` spells it out.

    Attributes:
        asked_at: ms since 1970.
        terms: Place in the customer's terms.
        bought: Asked at a purchase; otherwise at a review.
        features: The features of the moment, frozen (see ``customers.feature_snapshot``).
        risk_millionths: The probability of leaving that was given, to the digits that are published.
        model_version: Who gave it.
        purchases: Purchases inside the horizon so far.
        amount: What they came to.
        bought_after: The earliest of those purchases, ms from ``asked_at`` on; NEVER where there is none so far.
    """

    asked_at: int
    terms: int
    bought: bool
    features: bytes
    risk_millionths: int
    model_version: str
    purchases: int = 0
    amount: float = 0.0
    bought_after: int = NEVER


class Customer(msgspec.Struct, array_like=True):
    """One customer. All moments are ms since 1970, NEVER where it has not happened.

    Attributes:
        version: Of this layout.
        clock: Instant up to which facts have been folded and questions settled.
        sums: Decayed sums as of ``as_of``, in the order of the indexes above.
        as_of: Latest ``occurred`` of a folded fact.
        first_seen: Earliest ``occurred``.
        first_purchase: Earliest purchase.
        last_purchase: Latest purchase.
        gaps: Between the latest few purchases, ms, the earliest gap first.
        purchases: Number of purchases.
        spend: All amounts bought, reporting currency.
        units: All units bought.
        returns: Number of returns.
        refunds: All amounts refunded.
        last_return: Latest return.
        last_harmful_return: Latest return of something bad.
        contacts: Number of contacts.
        last_contact: Latest contact.
        last_unresolved: Latest contact that stayed unresolved.
        last_resolved: Latest contact that was resolved.
        last_judged: Moment of the latest agent's judgement, with ...
        sentiment: ... its impression, -2 to 2, and ...
        leaving: ... whether the agent expects the customer to leave.
        remembered: Names of the latest folded events, oldest first, NAME_BYTES each.
        next_review: When a silent customer is looked at, NEVER before the first purchase.
        terms: Those of the open questions, each once, in the order in which these first have them.
        questions: Open ones, the first to settle first.
        pending: Facts stamped after the watermark, in order.
        alert_raised: When the standing alert was raised, NEVER where there is none.
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
    terms: list[LabelHorizon] = []
    questions: list[Question] = []
    pending: list[Fact] = []
    alert_raised: int = NEVER

    @property
    def purchase_times(self) -> list[int]:
        """The latest few purchases, sorted."""
        if self.last_purchase == NEVER:
            return []
        return [self.last_purchase - after for after in accumulate(reversed(self.gaps), initial=0)][::-1]
