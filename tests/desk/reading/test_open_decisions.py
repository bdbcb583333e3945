"""Decisions that stand for all customers, with which the board of the desk begins."""

from datetime import timedelta

import pytest
from clickhouse_connect.driver.client import Client

from desk.reading.decisions import open_decisions
from tests.desk.reading.tables import Tables
from tests.sinks.records import NOON, alert_of_decision, decision

pytestmark = pytest.mark.servers

HOUR = timedelta(hours=1)


def test_decisions_come_back_from_the_table_as_they_were_published(client: Client, tables: Tables) -> None:
    known, guessed = decision("c1"), decision("c2", interval=None, what_changed=(), decided_at=NOON - HOUR)
    tables.decisions(known, guessed)

    assert open_decisions(client, NOON + HOUR) == [known, guessed]


def test_ghosts_and_decisions_to_do_nothing_are_not_open(client: Client, tables: Tables) -> None:
    tables.decisions(decision("c1", held_out=True), decision("c2", action="none", team="", channel=""))

    assert open_decisions(client, NOON + HOUR) == []


def test_a_decision_is_open_from_its_instant_until_it_is_cleared_or_its_time_is_over(
    client: Client, tables: Tables
) -> None:
    tables.decisions(
        decision("c1"), decision("c2", decided_at=NOON + 2 * HOUR), decision("c3", due_by=NOON + HOUR), decision("c4")
    )
    tables.alerts(
        alert_of_decision("c1-d1", "c1"),
        alert_of_decision("c4-d1", "c4"),
        alert_of_decision("c4-d1", "c4", state="cleared", ended_by="result"),
    )

    assert [one.customer_id for one in open_decisions(client, NOON + HOUR)] == ["c1"]
