"""The settings that decide what is asked and when, in the units that the state is kept in."""

from dataclasses import dataclass

from schemas.moments import DAY_MS
from schemas.settings import RiskSettings


@dataclass(frozen=True, slots=True)
class Policy:
    """When questions are asked and answered.

    Attributes:
        horizon_ms: A question covers so long.
        grace_ms: Its answer waits for late events so long after that.
        review_ms: The silent are reviewed so often.
        max_open_questions: Questions a customer at most.
        max_open_at_purchases: A purchase asks only where fewer are open.
        remembered_events: Event names kept a customer, to catch duplicates.
    """

    horizon_ms: int
    grace_ms: int
    review_ms: int
    max_open_questions: int
    max_open_at_purchases: int
    remembered_events: int

    @property
    def horizon_days(self) -> float:
        """The horizon in days."""
        return self.horizon_ms / DAY_MS


def policy_of(settings: RiskSettings) -> Policy:
    """The policy that the settings ask for."""
    reviews_in_a_horizon = settings.reviews_per_horizon + 1
    horizon_ms = max(round(settings.horizon_days * DAY_MS), 1)
    return Policy(
        horizon_ms=horizon_ms,
        grace_ms=round(settings.grace_days * DAY_MS),
        review_ms=max(horizon_ms // settings.reviews_per_horizon, 1),
        max_open_questions=settings.max_open_questions,
        max_open_at_purchases=max(settings.max_open_questions - reviews_in_a_horizon, 1),
        remembered_events=settings.remembered_events,
    )
