"""When people are told, and when it is over: raised high, cleared low, so that nobody is told back and forth."""

from hashlib import blake2b
from typing import Literal

from customers.advance import Score
from customers.state import NEVER, Customer
from schemas.settings import AlertSettings

AlertChange = Literal["raised", "cleared"]


def change_alert(customer: Customer, judgement: Score, now: int, settings: AlertSettings) -> AlertChange | None:
    """Raise or clear the customer's alert, in place.

    Args:
        customer: Holds since when an alert stands.
        judgement: Of this instant.
        now: Instant, ms since 1970.
        settings: Where alerts are raised and cleared.

    Returns:
        What changed; None where nothing did. The customer's ``alert_raised`` is set on raising; whoever publishes a
        clearing resets it afterwards, since the clearing names the moment of the raising.
    """
    risk, value = judgement.risk, judgement.value_at_risk
    if customer.alert_raised == NEVER:
        if risk >= settings.raise_risk and value >= settings.raise_value_at_risk:
            customer.alert_raised = now
            return "raised"
    elif risk < settings.clear_risk or value < settings.clear_value_at_risk:
        return "cleared"
    return None


def alert_id(customer_id: str, raised_at: int) -> str:
    """Name of the alert raised for a customer at an instant; the same again in every replay."""
    return blake2b(f"{raised_at}/{customer_id}".encode(), digest_size=12).hexdigest()
