"""Alerts with hysteresis: raised at a high risk and cleared at a lower one, so that they do not flap."""

from hashlib import blake2b
from typing import Literal

from customers.advance import Scored
from customers.state import NEVER, Customer
from schemas.moments import from_ms
from schemas.records import PUBLISHED_DIGITS, Alert, Score
from schemas.settings import AlertSettings

AlertChange = Literal["raised", "cleared"]


def change_alert(customer: Customer, score: Score, now: int, settings: AlertSettings) -> AlertChange | None:
    """Raise or clear a customer's alert.

    Args:
        customer: ``alert_raised`` is set when an alert is raised. When one is cleared, it stays, since the record of
            the clearing needs it; the caller resets it then.
        score: Of this instant.
        now: Instant, ms since 1970.
        settings: Risks and values at which alerts are raised and cleared.

    Returns:
        The change; None if there is none.
    """
    risk, value = score.risk, score.value_at_risk
    if customer.alert_raised == NEVER:
        if risk >= settings.raise_risk and value >= settings.raise_value_at_risk:
            customer.alert_raised = now
            return "raised"
    elif risk < settings.clear_risk or value < settings.clear_value_at_risk:
        return "cleared"
    return None


def alert_of(customer: Customer, customer_id: str, scored: Scored, settings: AlertSettings) -> Alert | None:
    """Raise or clear a customer's alert, and return the record of it for ``alerts``; None if nothing changes.

    Args:
        customer: Its ``alert_raised`` is set or reset.
        customer_id: Id of the customer.
        scored: Score and its instant.
        settings: Risks and values at which alerts are raised and cleared.
    """
    score = scored.score
    change = change_alert(customer, score, scored.now, settings)
    if change is None:
        return None
    raised_at = customer.alert_raised
    if change == "cleared":
        customer.alert_raised = NEVER
    return Alert(
        alert_id=alert_id(customer_id, raised_at),
        customer_id=customer_id,
        raised_at=from_ms(raised_at),
        changed_at=from_ms(scored.now),
        state=change,
        risk=round(score.risk, PUBLISHED_DIGITS),
        value_at_risk=score.value_at_risk,
        segment=score.segment,
        reasons=score.reasons,
    )


def alert_id(customer_id: str, raised_at: int) -> str:
    """Return the id of the alert raised for a customer at an instant, ms since 1970; the same in every replay."""
    return blake2b(f"{raised_at}/{customer_id}".encode(), digest_size=12).hexdigest()
