"""The settings that decide what is asked and when, in the units that the state is kept in."""

from dataclasses import dataclass
from math import ceil
from typing import Final

from schemas.moments import DAY_MS
from schemas.settings import RiskSettings

_ASKED_IN_A_HORIZON: Final = 3
"""Reviews that come oftener are looks, not questions: answers of the same days to the same customer say little new."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When questions are asked and answered.

    Attributes:
        horizon_ms: A question covers so long.
        grace_ms: Its answer waits for late events so long after that.
        review_ms: The silent are reviewed so often.
        reviews_per_question: One review in so many asks.
        max_open_questions: Questions a customer at most.
        max_open_at_purchases: A purchase asks only where fewer are open.
        remembered_events: Event names kept a customer, to catch duplicates.
    """

    horizon_ms: int
    grace_ms: int
    review_ms: int
    reviews_per_question: int
    max_open_questions: int
    max_open_at_purchases: int
    remembered_events: int

    @property
    def horizon_days(self) -> float:
        """The horizon in days."""
        return self.horizon_ms / DAY_MS


def policy_of(settings: RiskSettings) -> Policy:
    """The policy that the settings ask for."""
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
        remembered_events=settings.remembered_events,
    )
