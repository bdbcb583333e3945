"""Policy of questions and reviews: the settings of their times and limits, in the units of the state."""

from dataclasses import dataclass
from math import ceil
from typing import Final

from schemas.moments import DAY_MS
from schemas.settings.risk import RiskSettings

_ASKED_IN_A_HORIZON: Final = 3
"""Limit of asking reviews in a horizon: more answers over the same days of one customer add little information."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Times and limits of questions and reviews.

    Attributes:
        horizon_ms: Horizon of a question, ms.
        grace_ms: Time after the horizon in which an answer waits for late events, ms.
        review_ms: Time between reviews of a silent customer, ms.
        reviews_per_question: Number of reviews per review that asks a question.
        max_open_questions: Limit of open questions of a customer.
        max_open_at_purchases: Limit of open questions up to which a purchase asks another.
        complaint_ms: Time for which a complaint is open before the customer is looked at for it, ms.
        remembered_events: Number of event hashes kept per customer, to catch duplicates.
    """

    horizon_ms: int
    grace_ms: int
    review_ms: int
    reviews_per_question: int
    max_open_questions: int
    max_open_at_purchases: int
    complaint_ms: int
    remembered_events: int

    @property
    def horizon_days(self) -> float:
        """Horizon of a question, days."""
        return self.horizon_ms / DAY_MS


def policy_of(settings: RiskSettings) -> Policy:
    """Return the policy of the settings."""
    reviews_per_question = max(settings.reviews_per_horizon // _ASKED_IN_A_HORIZON, 1)
    asked_at_reviews = ceil(settings.reviews_per_horizon / reviews_per_question) + 1
    horizon_ms = max(round(settings.horizon_days * DAY_MS), 1)
    return Policy(
        horizon_ms=horizon_ms,
        grace_ms=round(settings.grace_days * DAY_MS),
        review_ms=max(horizon_ms // settings.reviews_per_horizon, 1),
        reviews_per_question=reviews_per_question,
        max_open_questions=settings.max_open_questions,
        max_open_at_purchases=max(settings.max_open_questions - asked_at_reviews, 1),
        complaint_ms=round(settings.complaint_days * DAY_MS),
        remembered_events=settings.remembered_events,
    )
