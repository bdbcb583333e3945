"""Customers at a score as columns: the names that conditions may use, and the times that eligibility needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import msgspec
import numpy as np

from customers.features.features import has_open_complaint
from customers.state import NEVER, Customer
from retention.catalogue.compiled import Amounts
from retention.catalogue.condition import Columns, Mask, Words
from retention.catalogue.playbook import Playbook
from retention.catalogue.vocabulary import JUDGEMENTS, LIFE_CYCLES, REASONS, SEGMENTS, VALUE_TIERS
from retention.decide.occasions import PastMoments, occasions_of
from retention.decide.state import RetentionState
from schemas.moments import DAY_MS
from schemas.records.score import Score

_JUDGED_MS: Final = 90 * DAY_MS
"""A judgement counts for so long."""

_FIELDS: Final = 21
_SEGMENT: Final = {word: SEGMENTS.bits(word) for word in SEGMENTS.words}
_LIFE_CYCLE: Final = {word: LIFE_CYCLES.bits(word) for word in LIFE_CYCLES.words}
_VALUE_TIER: Final = {word: VALUE_TIERS.bits(word) for word in VALUE_TIERS.words}
_REASON: Final = {word: REASONS.bits(word) for word in REASONS.words}
_LEAVING, _NEGATIVE, _NEUTRAL, _POSITIVE = (JUDGEMENTS.bits(word) for word in JUDGEMENTS.words)
_FOR_EVER: Final = np.inf
_LONG_AGO: Final = -np.inf


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


@dataclass(frozen=True, slots=True)
class Situation:
    """Customers at a score as columns.

    Attributes:
        columns: What conditions are evaluated on, each of shape (customers,).
        blocked: True for those who may not be decided for at all, shape (customers,).
    """

    columns: Columns
    blocked: Mask


def situation_of(cases: Sequence[DecisionCase], playbook: Playbook) -> Situation:
    """Return customers without a standing decision as columns.

    Args:
        cases: The customers, each at its instant.
        playbook: Limits of contacts and occasions.
    """
    limit = playbook.contacts.at_most
    # Takes less than half the time of extending an array, or of an array of tuples.
    flat = np.fromiter(
        chain.from_iterable(_numbers_of(case, limit) for case in cases), np.float64, len(cases) * _FIELDS
    )
    rows = flat.reshape(-1, _FIELDS).T.copy()
    now, risk, value, margin, purchases, last, first, before, unresolved, resolved, harmful = rows[:11]
    judged, sentiment, leaving, snoozed_until, limiting = rows[11:16]
    segment, life_cycle, value_tier, reasons, complaint = rows[16:].astype(np.int64)
    past = PastMoments(now, purchases, last, first, before, unresolved, resolved, harmful)
    days_silent = np.where(purchases > 0.0, (now - last) / DAY_MS, 0.0)
    gap_days = np.maximum((last - first) / np.maximum(purchases - 1.0, 1.0) / DAY_MS, 1.0)
    columns: Columns = {
        "risk": risk,
        "value_at_risk": value,
        "yearly_margin": margin,
        "purchases": purchases,
        "days_silent": days_silent,
        "gaps_silent": np.where(purchases > 1.0, days_silent / gap_days, 0.0),
        "segment": segment,
        "life_cycle": life_cycle,
        "value_tier": value_tier,
        "judgement": _judgements(now - judged < _JUDGED_MS, sentiment, leaving),
        "reasons": reasons,
        "occasions": occasions_of(past, risk, sentiment, life_cycle, playbook.occasions),
        "complaint_open": complaint != 0,
        "always": np.ones(len(cases), dtype=np.bool_),
    }
    window = playbook.contacts.within_days * DAY_MS
    return Situation(columns, (now < snoozed_until) | (now - limiting < window))


def _numbers_of(case: DecisionCase, limit: int) -> tuple[float, ...]:
    """Return the numbers of a customer, in the order in which they are read above.

    Somebody who must not be contacted is snoozed for ever. The limiting contact is the earliest of as many as are
    allowed: another one may follow once it is out of the window.
    """
    customer, score, state = case.customer, case.score, case.state
    last, gaps, contacts = customer.last_purchase, customer.gaps, state.contacts
    reasons = 0
    for reason in score.reasons:
        reasons |= _REASON.get(reason.feature, 0)
    return (
        case.now,
        score.risk,
        score.value_at_risk,
        score.yearly_margin,
        customer.purchases,
        last,
        customer.first_purchase,
        last - gaps[-1] if gaps else NEVER,
        customer.last_unresolved,
        customer.last_resolved,
        customer.last_harmful_return,
        customer.last_judged,
        customer.sentiment,
        customer.leaving,
        _FOR_EVER if state.no_contact else state.snoozed_until,
        contacts[-limit] if len(contacts) >= limit else _LONG_AGO,
        _SEGMENT[score.segment],
        _LIFE_CYCLE.get(score.life_cycle, 0),
        _VALUE_TIER.get(score.value_tier, 0),
        reasons,
        has_open_complaint(customer),
    )


def _judgements(counts: Mask, sentiment: Amounts, leaving: Amounts) -> Words:
    """Return the judgement of each customer as bits; a customer who was never judged was judged in 1970."""
    mood = np.where(sentiment < 0.0, _NEGATIVE, np.where(sentiment > 0.0, _POSITIVE, _NEUTRAL))
    return np.where(counts, np.where(leaving > 0.0, _LEAVING, mood), 0)
