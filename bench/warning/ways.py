"""Ways of looking at customers: by their own rhythm, as workers do, and by the calendar alone, as they did before."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from customers.features.features import Features
from customers.policy import Policy
from customers.reviews.alert import change_alert
from customers.reviews.looks import Looked, Planned, Planner
from customers.reviews.schedule import schedule_review
from risk.scoring.look_planner import LookPlanner, ScorerAt
from schemas.settings.risk import AlertSettings

BEFORE: Final = AlertSettings(raise_risk=0.75, clear_risk=0.6, silent_gaps=0.0, overdue_relief=0.0)
"""Thresholds as they were while the calendar alone had customers looked at."""


class Way(NamedTuple):
    """A way of looking.

    Attributes:
        name: As it is printed.
        alerts: Risks and values at which alerts are raised and cleared.
        planner: Makes the planner of reviews.
        looks_at_takeovers: True to look at everyone when the first model takes over from the rule.
    """

    name: str
    alerts: AlertSettings
    planner: Callable[[Policy, AlertSettings, ScorerAt], Planner]
    looks_at_takeovers: bool = True


class _CalendarPlanner(Planner):
    """Reviews on the grid alone; alerts of customers who are gone stand, and new ones are raised for them."""

    def __init__(self, policy: Policy, alerts: AlertSettings) -> None:
        self._policy = policy
        self._alerts = alerts

    def __call__(self, looked: Sequence[Looked], features: Features) -> list[Planned]:
        del features
        for one in looked:
            schedule_review(one.customer, one.customer_id, self._policy)
        return [
            Planned(
                change_alert(
                    one.customer, msgspec.structs.replace(one.score, life_cycle=""), one.customer.clock, self._alerts
                )
            )
            for one in looked
        ]


BY_CALENDAR: Final = Way(
    "by the calendar", BEFORE, lambda policy, alerts, _: _CalendarPlanner(policy, alerts), looks_at_takeovers=False
)
BY_RHYTHM: Final = Way("by rhythm", AlertSettings(), LookPlanner)
