"""Ways to ask a local ClickHouse."""

import urllib.request

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from deploy.local.clickhouse import ClickHouse
from tests.kit.waiting import PATIENCE_SECONDS


def connect(server: ClickHouse, database: str | None = None) -> Client:
    """Connect as the sink does."""
    return clickhouse_connect.get_client(dsn=server.url, database=database or "__default__")


def get(url: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
    """Ask as curl does: GET, or POST when there are data."""
    asked = urllib.request.Request(url, data, headers or {})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body
