"""Alerts with hysteresis: raised at a high risk and cleared at a lower one, so that they do not flap.

An alert is about a customer who is leaving. One who is gone by their own rhythm has left; such an alert ends, and none
is raised: that customer is in the list of the lost. Nor is one raised by the rule for a customer who has bought once:
it knows no rhythm that could be broken.
"""

from typing import Final, Literal

import msgspec

from customers.state import NEVER, Customer
from schemas.model import RULE_VERSION
from schemas.records import LifeCycle, Score
from schemas.settings import AlertSettings

_GONE: Final[LifeCycle] = "gone"

_RHYTHM: Final = 2
"""Purchases from which on a customer has a usual gap."""


class AlertTransition(msgspec.Struct, frozen=True):
    """Change of a customer's alert.

    Attributes:
        state: What happened to it.
        raised_at: When it was raised, ms since 1970; also where it is cleared now.
    """

    state: Literal["raised", "cleared"]
    raised_at: int


def change_alert(
    customer: Customer, score: Score, now: int, settings: AlertSettings, *, may_raise: bool = True
) -> AlertTransition | None:
    """Raise or clear a customer's alert.

    Args:
        customer: Its ``alert_raised`` is set or reset.
        score: Of this instant.
        now: Instant, ms since 1970.
        settings: Risks and values at which alerts are raised and cleared.
        may_raise: False while nothing is heard of any customer.

    Returns:
        The change; None if there is none.
    """
    risk, value, gone = score.risk, score.value_at_risk, score.life_cycle == _GONE
    if customer.alert_raised == NEVER:
        known = may_raise and not gone and not _is_unknown(customer, score)
        if not known or risk < settings.raise_risk or value < settings.raise_value_at_risk:
            return None
        customer.alert_raised = now
        return AlertTransition("raised", now)
    if not gone and risk >= settings.clear_risk and value >= settings.clear_value_at_risk:
        return None
    raised_at, customer.alert_raised = customer.alert_raised, NEVER
    return AlertTransition("cleared", raised_at)


def _is_unknown(customer: Customer, score: Score) -> bool:
    """Return True if neither a model nor the customer's own rhythm stands behind a score."""
    return customer.purchases < _RHYTHM and score.model_version == RULE_VERSION
