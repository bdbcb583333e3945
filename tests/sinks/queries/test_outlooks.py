"""Outlooks in ClickHouse: as they come, and where there is none."""

from datetime import timedelta

import pytest
from clickhouse_connect.driver.client import Client

from schemas.records.encode import encode_record
from schemas.settings.connections import ClickHouseSettings
from sinks.load.insert import insert
from sinks.queries.customers import CustomerOutlook, customer_outlook
from tests.sinks.records import NOON, example, score

pytestmark = pytest.mark.servers

DAY = timedelta(days=1)


def test_the_latest_outlook_is_shown_and_none_of_who_has_none(client: Client, database: ClickHouseSettings) -> None:
    for record in (
        score("c1", scored_at=NOON - DAY, outlook=None, next_purchase=None),
        score("c1", scored_at=NOON),
        score("c2", outlook=None, next_purchase=None),
    ):
        insert(client, database, "risk_scores", encode_record(record))

    assert customer_outlook(client, "c1") == CustomerOutlook(
        customer_id="c1",
        scored_at=NOON,
        nothing=0.8,
        less=0.05,
        usual=0.1,
        more=0.05,
        expected_at=NOON + 20 * DAY,
        earliest_at=NOON + 3 * DAY,
        latest_at=NOON + 60 * DAY,
    )
    assert customer_outlook(client, "c2") is None


def test_a_score_of_before_there_were_outlooks_is_taken(client: Client, database: ClickHouseSettings) -> None:
    old = encode_record(score(outlook=None, next_purchase=None))
    assert b"outlook" not in old

    insert(client, database, "risk_scores", old)

    taken = client.query("SELECT outlook.nothing, next_purchase.expected_at FROM risk_scores FINAL").result_rows
    assert taken == [(None, None)]


def test_the_days_until_a_purchase_are_kept_and_null_without_one(client: Client, database: ClickHouseSettings) -> None:
    records = (
        example("c1", left=False, risk=0.5, bought_after_days=12.5),
        example("c2", left=True, risk=0.5),
    )
    for record in records:
        insert(client, database, "training_examples", encode_record(record))

    rows = client.query("SELECT bought_after_days FROM training_examples FINAL ORDER BY customer_id").result_rows
    assert rows == [(12.5,), (None,)]
