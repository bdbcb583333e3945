"""Erases a customer: the state is deleted, and each topic gets a record that takes back what it says."""

from collections.abc import Iterator

import msgspec

from customers.encoding.encode import StateError, decode_customer
from customers.state import NEVER
from retention.decide.memory.state import decode_retention
from retention.decide.telling.notices import cleared
from risk.scoring.records import alert_id
from schemas.moments import from_ms
from schemas.records.alert import Alert
from schemas.records.encode import encode_record
from schemas.topics import ALERTS, DECISIONS, OUTCOMES, RISK_SCORES, TRAINING_EXAMPLES
from streams.worker.engine.protocols import EXAMPLES_PARTITION, Batch, PartitionStore


def erase(customer_id: str, clock: int, store: PartitionStore, batch: Batch) -> bytes | None:
    """Erase a customer, whether there is a state or not: the topics may hold more than the store.

    Args:
        customer_id: The customer.
        clock: The watermark, ms since 1970; standing alerts are cleared at it.
        store: Loses the state; the changelog gets a tombstone.
        batch: Gets, on each topic, a record with the customer's key and no value, after all earlier ones.

    Returns:
        The encoded state that there was; None if there was none.
    """
    key = customer_id.encode()
    state = store.get(key)
    store.delete(key)
    for alert in () if state is None else _withdrawn(customer_id, state, clock):
        batch.emit(ALERTS, key, encode_record(alert))
    batch.emit(RISK_SCORES, key, None)
    # Readers of topics that are not compacted know empty values, and may not know missing ones.
    batch.emit(ALERTS, key, b"")
    batch.emit(DECISIONS, key, b"")
    # The key of an outcome is its decision; the topic has one partition, so that this follows all of the customer.
    batch.emit(OUTCOMES, key, b"")
    batch.emit(TRAINING_EXAMPLES, key, b"", EXAMPLES_PARTITION)
    return state


def _withdrawn(customer_id: str, encoded: bytes, clock: int) -> Iterator[Alert]:
    """Yield the end of each alert that stands, so that people stop being told of the customer."""
    try:
        customer = decode_customer(encoded)
        remembered = decode_retention(customer.retention)
    except (StateError, msgspec.DecodeError):
        return
    if customer.alert_raised != NEVER:
        yield _cleared(customer_id, customer.alert_raised, clock)
    if remembered.open is not None:
        yield from cleared(customer_id, remembered.open, clock, None, {})


def _cleared(customer_id: str, raised_at: int, clock: int) -> Alert:
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
