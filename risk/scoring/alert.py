"""Changes of alerts as the records that are published."""

from hashlib import blake2b

from customers.advance import Scored
from schemas.moments import from_ms
from schemas.records.alert import Alert
from schemas.records.encode import PUBLISHED_DIGITS


def alert_of(customer_id: str, scored: Scored) -> Alert | None:
    """Return the record for ``alerts`` of the change that a score made; None if it made none."""
    score, change = scored.score, scored.alert
    if change is None:
        return None
    return Alert(
        alert_id=alert_id(customer_id, change.raised_at),
        customer_id=customer_id,
        raised_at=from_ms(change.raised_at),
        changed_at=from_ms(scored.now),
        state=change.state,
        risk=round(score.risk, PUBLISHED_DIGITS),
        value_at_risk=score.value_at_risk,
        segment=score.segment,
        reasons=score.reasons,
    )


def alert_id(customer_id: str, raised_at: int) -> str:
    """Return the id of the alert raised for a customer at an instant, ms since 1970; the same in every replay."""
    return blake2b(f"{raised_at}/{customer_id}".encode(), digest_size=12).hexdigest()
