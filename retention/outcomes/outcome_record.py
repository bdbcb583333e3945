"""Settles open outcomes: the record of what followed a decision, and the score of what its action brought."""

from typing import Final

import numpy as np

from customers.features.feature_names import FEATURE_SET
from customers.features.features import Matrix
from customers.feed.holes import Holes
from customers.questions.settle import is_void
from retention.outcomes.open_outcome import OpenOutcome
from retention.outcomes.settle import RESULTS, TRIED
from schemas.moments import DAY_MS, from_ms
from schemas.records.decisions import DecisionOutcome
from schemas.records.encode import PUBLISHED_DIGITS

_HALF: Final = np.dtype("<f2")
_LARGEST: Final = float(np.finfo(_HALF).max)


def encode_snapshot(features: Matrix) -> bytes:
    """Return a customer's features as 16-bit floats, shape (features,); three digits are more than a model can tell."""
    return np.minimum(np.maximum(features, -_LARGEST), _LARGEST).astype(_HALF).tobytes()


def decode_snapshot(snapshot: bytes) -> tuple[float, ...]:
    """Return the features of a snapshot, one for each of ``FEATURE_NAMES``."""
    return tuple(np.frombuffer(snapshot, dtype=_HALF).tolist())


def outcome_of(
    opened: OpenOutcome,
    decision_id: str,
    customer_id: str,
    now: int,
    holes: Holes,
    *,
    margin_share: float,
) -> DecisionOutcome:
    """Return the outcome of a decision whose horizon and grace are over.

    Args:
        opened: What has followed.
        decision_id: Id of the decision.
        customer_id: Id of the customer.
        now: Instant of settling, ms since 1970; everything stamped up to it is counted.
        holes: Holes of the purchases, known up to the instant.
        margin_share: Share of revenue that is margin.
    """
    margin = margin_share * (opened.amount - opened.refunds)
    void = is_void(opened.decided_at, opened.closes_at, now, holes)
    gain_score = None if void else gain_score_of(opened, margin)
    return DecisionOutcome(
        decision_id=decision_id,
        customer_id=customer_id,
        decided_at=from_ms(opened.decided_at),
        settled_at=from_ms(now),
        action=opened.action,
        held_out=opened.held_out,
        result=RESULTS[opened.result],
        bought=opened.purchases > 0,
        purchases=opened.purchases,
        margin=round(margin, PUBLISHED_DIGITS),
        refunds=round(opened.refunds, PUBLISHED_DIGITS),
        cost=opened.cost if opened.result in TRIED else 0.0,
        horizon_days=opened.horizon_ms / DAY_MS,
        rule=opened.rule,
        segment=opened.segment,
        risk=opened.risk,
        value_at_risk=opened.value_at_risk,
        policy_version=opened.policy_version,
        probability=opened.probability,
        held_out_probability=opened.held_out_probability,
        expected_margin=opened.expected_margin,
        expected_gain=opened.expected_gain,
        gain_score=None if gain_score is None else round(gain_score, PUBLISHED_DIGITS),
        guesses=opened.guesses,
        feature_set=FEATURE_SET,
        features=decode_snapshot(opened.features),
        void=void,
    )


def gain_score_of(opened: OpenOutcome, margin: float) -> float | None:
    """Return the doubly robust score of what a decision's action brought, before its cost; None if it is no experiment.

    It is the augmented inverse propensity weighted score of Robins, Rotnitzky and Zhao (JASA 1994) for two arms,
    treated and held out, with the margins that were expected at the decision: its mean over decisions is the effect,
    however wrong these expectations are.

    Args:
        opened: A decision.
        margin: Margin within its horizon, reporting currency.
    """
    held_out = opened.held_out_probability
    if not opened.guesses or opened.action not in opened.guesses or not 0.0 < held_out < 1.0:
        return None
    untreated = opened.expected_margin
    treated = untreated + opened.expected_gain
    if opened.held_out:
        return treated - untreated - (margin - untreated) / held_out
    return treated - untreated + (margin - treated) / (1.0 - held_out)
