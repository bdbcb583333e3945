"""Clients that were not written here ask the server that the demo keeps running, as analysts would."""

import asyncio
import json
import subprocess
from urllib.parse import urlsplit

import aiohttp
import clickhouse_connect
import pytest
from aiochclient import ChClient

from deploy.local.clickhouse import ClickHouse
from schemas.events.interaction import encode_interaction
from schemas.pages.page import encode_lines
from schemas.records.encode import encode_record
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.load.insert import insert
from tests.kit.debian_packages import require_program
from tests.sinks.records import purchase, score
from tests.sinks.running import new_database

pytestmark = pytest.mark.servers

QUERY = "SELECT customer_id, toFloat64(revenue) AS revenue, risk, segment FROM customers ORDER BY customer_id"
ANSWER = [("c1", 20.0, 0.8, "keep_at_all_costs"), ("c2", 20.0, None, "")]


@pytest.fixture(scope="module")
def shop(clickhouse: ClickHouse) -> ClickHouseSettings:
    """A database with two customers, one of them scored."""
    database = new_database(clickhouse)
    lines = [encode_interaction(purchase(f"p-{who}", who)) for who in ("c1", "c2")]
    with open_client(database) as client:
        insert(client, database, "interactions", encode_lines(lines))
        insert(client, database, "risk_scores", encode_lines([encode_record(score("c1"))]))
    return database


def test_curl_asks(shop: ClickHouseSettings) -> None:
    curl = require_program("curl", "curl")
    address = f"{shop.url}/?database={shop.database}&default_format=JSONCompact"
    said = subprocess.run([curl, "-sS", "--fail", address, "--data-binary", QUERY], capture_output=True, check=True)
    assert [tuple(row) for row in json.loads(said.stdout)["data"]] == ANSWER


def test_curl_is_told_what_is_wrong(shop: ClickHouseSettings) -> None:
    address = f"{shop.url}/?database={shop.database}"
    curl = require_program("curl", "curl")
    said = subprocess.run(
        [curl, "-sS", address, "--data-binary", "SELECT no_such FROM customers"], capture_output=True, check=True
    )
    assert b"UNKNOWN_IDENTIFIER" in said.stdout


def test_clickhouse_connect_asks_with_its_own_habits(shop: ClickHouseSettings) -> None:
    address = urlsplit(shop.url)
    with clickhouse_connect.get_client(host=address.hostname, port=address.port, database=shop.database) as client:
        assert client.query(QUERY).result_rows == ANSWER
        columns = client.query_np("SELECT count() AS n FROM risk_scores FINAL")
        assert columns[0][0] == 1


def test_aiochclient_asks(shop: ClickHouseSettings) -> None:
    async def ask() -> list[tuple[object, ...]]:
        async with aiohttp.ClientSession() as session:
            client = ChClient(session, url=shop.url, database=shop.database)
            assert await client.is_alive()
            return [tuple(row.values()) for row in await client.fetch(QUERY)]

    assert asyncio.run(ask()) == ANSWER
