"""Erases a customer: the state is deleted, and each topic gets a record that takes back what it says."""

from customers.encode import StateError, decode_customer
from customers.state import NEVER
from risk.scoring.alert import alert_id
from schemas.moments import from_ms
from schemas.records import Alert, encode_record
from schemas.topics import ALERTS, DECISIONS, OUTCOMES, RISK_SCORES, TRAINING_EXAMPLES
from streams.worker.engine.protocols import EXAMPLES_PARTITION, Batch, PartitionStore


def erase(customer_id: str, clock: int, store: PartitionStore, batch: Batch) -> bool:
    """Erase a customer, whether there is a state or not: the topics may hold more than the store.

    Args:
        customer_id: The customer.
        clock: The watermark, ms since 1970; a standing alert is cleared at it.
        store: Loses the state; the changelog gets a tombstone.
        batch: Gets, on each topic, a record with the customer's key and no value, after all earlier ones.

    Returns:
        True if there was a state.
    """
    key = customer_id.encode()
    state = store.get(key)
    store.delete(key)
    if state is not None and (alert := _cleared(customer_id, state, clock)) is not None:
        batch.emit(ALERTS, key, encode_record(alert))
    batch.emit(RISK_SCORES, key, None)
    # Readers of topics that are not compacted know empty values, and may not know missing ones.
    batch.emit(ALERTS, key, b"")
    batch.emit(DECISIONS, key, b"")
    # The key of an outcome is its decision; the topic has one partition, so that this follows all of the customer.
    batch.emit(OUTCOMES, key, b"")
    batch.emit(TRAINING_EXAMPLES, key, b"", EXAMPLES_PARTITION)
    return state is not None


def _cleared(customer_id: str, state: bytes, clock: int) -> Alert | None:
    """Return the end of a standing alert, so that people stop being told of the customer."""
    try:
        raised_at = decode_customer(state).alert_raised
    except StateError:
        return None
    if raised_at == NEVER:
        return None
    return Alert(
        alert_id=alert_id(customer_id, raised_at),
        customer_id=customer_id,
        raised_at=from_ms(raised_at),
        changed_at=from_ms(max(clock, raised_at)),
        state="cleared",
        risk=0.0,
        value_at_risk=0.0,
        segment="let_be",
        reasons=(),
    )
