"""Rows are kept for as long as is set, and roles are what the database understands."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree as ET

import pytest
from clickhouse_connect.driver.client import Client

from schemas.errors import UsageError
from schemas.pages.page import encode_lines
from schemas.records.encode import encode_record
from schemas.settings.connections import ClickHouseSettings, KeptTable
from sinks.clickhouse.roles import create_roles, role_statements
from sinks.clickhouse.time_to_live import set_times_to_live, ttl_of
from sinks.load.insert import insert
from streams.settings import load_settings
from tests.sinks.records import score

pytestmark = pytest.mark.servers

ANALYST = Path(__file__).parents[3] / "deploy" / "clickhouse" / "users.d" / "analyst.xml"


@pytest.fixture
def unlimited(database: ClickHouseSettings) -> Iterator[ClickHouseSettings]:
    """The database, whose tables keep their rows for ever again after the test."""
    yield database
    set_times_to_live(database)


def keeping(database: ClickHouseSettings, **days: int) -> ClickHouseSettings:
    return ClickHouseSettings.model_validate(database.model_dump() | {"keep_days": days})


def engine_of(client: Client, table: str) -> str:
    return str(
        client.command(
            "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = {table:String}",
            parameters={"table": table},
        )
    )


def test_rows_are_kept_for_ever_unless_told(database: ClickHouseSettings) -> None:
    assert set_times_to_live(database) == []


def test_a_table_gets_the_days_that_are_set_once(unlimited: ClickHouseSettings, client: Client) -> None:
    months = keeping(unlimited, alerts=90, dead_letters=30)
    assert set_times_to_live(months) == [
        "alerts: rows are dropped 90 days after changed_at",
        "dead_letters: rows are dropped 30 days after refused_at",
    ]
    assert set_times_to_live(months) == []
    assert f"TTL {ttl_of('alerts', 90)}" in engine_of(client, "alerts")


def test_every_table_can_have_a_limit_and_lose_it(unlimited: ClickHouseSettings, client: Client) -> None:
    tables = get_args(KeptTable)
    limited = keeping(unlimited, **dict.fromkeys(tables, 3650))
    assert len(set_times_to_live(limited)) == len(tables)
    assert set_times_to_live(limited) == []
    assert set_times_to_live(unlimited) == [f"{table}: rows are kept for ever from now on" for table in tables]
    assert "TTL" not in engine_of(client, "interactions")


def test_rows_past_their_days_are_dropped(unlimited: ClickHouseSettings, client: Client) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    scores = [score("old", scored_at=now - timedelta(days=8)), score("new", scored_at=now - timedelta(days=6))]
    insert(client, unlimited, "risk_scores", encode_lines([encode_record(one) for one in scores]))
    set_times_to_live(keeping(unlimited, risk_scores=7))
    client.command("OPTIMIZE TABLE risk_scores FINAL")
    assert client.query("SELECT customer_id FROM risk_scores FINAL").result_rows == [("new",)]


def test_days_are_set_by_table_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYLINE_CLICKHOUSE__KEEP_DAYS__DEAD_LETTERS", "30")
    monkeypatch.setenv("STAYLINE_CLICKHOUSE__KEEP_DAYS__ALERTS", "400")
    assert load_settings().clickhouse.keep_days == {"dead_letters": 30, "alerts": 400}


def test_a_limit_for_no_known_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYLINE_CLICKHOUSE__KEEP_DAYS", '{"letters": 30}')
    with pytest.raises(UsageError, match="KEEP_DAYS"):
        load_settings()


@pytest.mark.parametrize("statement", role_statements("stayline"))
def test_clickhouse_understands_every_statement_of_the_roles(client: Client, statement: str) -> None:
    parsed = client.query("SELECT formatQuery({statement:String})", parameters={"statement": statement}).result_rows
    assert parsed


def test_the_limits_of_analysts_are_settings_of_clickhouse(client: Client) -> None:
    (profile,) = (statement for statement in role_statements("stayline") if "SETTINGS PROFILE OR REPLACE" in statement)
    limits = re.findall(r"^ +(\w+) = ", profile, re.MULTILINE)
    known = client.query(
        "SELECT name FROM system.settings WHERE has({names:Array(String)}, name)", parameters={"names": limits}
    ).result_rows
    assert sorted(name for (name,) in known) == sorted(limits)


def test_the_user_of_the_compose_file_has_the_limits_of_the_role() -> None:
    (profile,) = (statement for statement in role_statements("stayline") if "SETTINGS PROFILE OR REPLACE" in statement)
    by_role = dict(re.findall(r"^ +(\w+) = '?(\w+)'?", profile, re.MULTILINE))
    by_file = ET.parse(ANALYST).getroot().find("profiles/analyst")  # noqa: S314 - our own file
    assert by_file is not None
    assert {one.tag: one.text for one in by_file if one.tag != "constraints"} == by_role


def test_who_may_not_manage_access_is_told_so(database: ClickHouseSettings) -> None:
    with pytest.raises(UsageError, match="grant CREATE ROLE"):
        create_roles(database)
