"""Times at which an event and its score were stored, and the trace that both are found by."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from schemas.events.interaction import Interaction, encode_interaction
from schemas.records.encode import encode_record
from schemas.records.score import RiskScore
from schemas.settings.connections import ClickHouseSettings
from schemas.trace import trace_id_of_place
from sinks.load.insert import insert
from sinks.queries.event_trace import stored_event

pytestmark = pytest.mark.servers

NOON = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
EVENT = Interaction(
    event_id="e-1",
    customer_id="c-1",
    type="support_contact",
    occurred_at=NOON,
    stamped_at=NOON,
    source_topic="support_contacts",
    source_partition=3,
    source_offset=17,
    trace_id=TRACE,
)
SCORE = RiskScore(
    customer_id="c-1",
    scored_at=NOON,
    cause="interaction",
    risk=0.5,
    reasons=(),
    value_at_risk=1.0,
    segment="let_be",
    model_version="rule-1",
)


def _store(client: Client, database: ClickHouseSettings, *events: Interaction) -> None:
    insert(client, database, "interactions", b"".join(encode_interaction(event) + b"\n" for event in events))


def test_an_event_is_found_with_its_score_and_the_moments_of_both(database: ClickHouseSettings, client: Client) -> None:
    _store(client, database, EVENT)
    insert(client, database, "risk_scores", encode_record(SCORE) + b"\n")

    found = stored_event(client, "e-1")

    assert found is not None
    assert (found.trace, found.customer_id, found.stamped_at) == (TRACE, "c-1", NOON)
    assert found.score_stored_at is not None
    assert all(datetime.now(UTC) - at < timedelta(minutes=10) for at in (found.stored_at, found.score_stored_at))


def test_an_event_without_a_trace_has_one_by_its_place(database: ClickHouseSettings, client: Client) -> None:
    _store(client, database, msgspec.structs.replace(EVENT, trace_id=""))

    found = stored_event(client, "e-1")

    assert found is not None
    assert found.trace == trace_id_of_place("support_contacts", 3, 17)
    assert found.score_stored_at is None


def test_an_unknown_event_is_not_found(client: Client) -> None:
    assert stored_event(client, "nobody") is None
