"""A customer at a score by the names that conditions may use."""

from collections.abc import Mapping
from typing import Final

import msgspec

from customers.features.features import has_open_complaint
from customers.state import Customer
from retention.catalogue.playbook import Occasions
from retention.catalogue.vocabulary import JUDGEMENTS, LIFE_CYCLES, REASONS, SEGMENTS, VALUE_TIERS
from retention.decide.eligibility.occasions import occasions_of
from retention.decide.memory.state import RetentionState
from schemas.moments import DAY_MS
from schemas.records.score import Score

SEGMENT_BITS: Final = {word: SEGMENTS.bits(word) for word in SEGMENTS.words}
LIFE_CYCLE_BITS: Final = {word: LIFE_CYCLES.bits(word) for word in LIFE_CYCLES.words}
VALUE_TIER_BITS: Final = {word: VALUE_TIERS.bits(word) for word in VALUE_TIERS.words}

_JUDGED_MS: Final = 90 * DAY_MS
"""A judgement counts for so long."""

_REASON: Final = {word: REASONS.bits(word) for word in REASONS.words}
_LEAVING, _NEGATIVE, _NEUTRAL, _POSITIVE = (JUDGEMENTS.bits(word) for word in JUDGEMENTS.words)

Situation = Mapping[str, float]
"""Numbers, bits of words, and flags by name (see ``retention.catalogue.vocabulary``)."""


class DecisionCase(msgspec.Struct, frozen=True):
    """A customer at a score.

    Attributes:
        customer_id: Id of the customer.
        customer: State at the instant of the score.
        now: That instant, ms since 1970.
        score: The score.
        state: What deciding remembers; changed in place.
    """

    customer_id: str
    customer: Customer
    now: int
    score: Score
    state: RetentionState


def situation_of(case: DecisionCase, settings: Occasions) -> Situation:
    """Return what conditions are evaluated on.

    Args:
        case: The customer.
        settings: How long occasions last, and who is an advocate.
    """
    customer, score, purchases = case.customer, case.score, case.customer.purchases
    days_silent = (case.now - customer.last_purchase) / DAY_MS if purchases > 0 else 0.0
    reasons = 0
    for reason in score.reasons:
        reasons |= _REASON.get(reason.feature, 0)
    return {
        "risk": score.risk,
        "value_at_risk": score.value_at_risk,
        "yearly_margin": score.yearly_margin,
        "purchases": purchases,
        "days_silent": days_silent,
        "gaps_silent": days_silent / _gap_days(customer) if purchases > 1 else 0.0,
        "segment": SEGMENT_BITS[score.segment],
        "life_cycle": LIFE_CYCLE_BITS.get(score.life_cycle, 0),
        "value_tier": VALUE_TIER_BITS.get(score.value_tier, 0),
        "judgement": _judgement(customer, case.now),
        "reasons": reasons,
        "occasions": occasions_of(customer, score, case.now, settings),
        "complaint_open": has_open_complaint(customer),
        "always": True,
    }


def _gap_days(customer: Customer) -> float:
    """Return the mean gap of a customer who has bought twice at least, days; one day at least."""
    return max((customer.last_purchase - customer.first_purchase) / (customer.purchases - 1) / DAY_MS, 1.0)


def _judgement(customer: Customer, now: int) -> int:
    """Return the judgement of a customer as bits; one who was never judged was judged in 1970."""
    if now - customer.last_judged >= _JUDGED_MS:
        return 0
    if customer.leaving:
        return _LEAVING
    return _NEGATIVE if customer.sentiment < 0 else _POSITIVE if customer.sentiment > 0 else _NEUTRAL
