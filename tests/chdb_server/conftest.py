"""Fixtures of the tests of the chDB server."""

import uuid
from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from deploy.local.clickhouse import ClickHouse
from tests.chdb_server.asking import connect


@pytest.fixture
def client(clickhouse: ClickHouse) -> Iterator[Client]:
    """Give a client whose database is new and empty."""
    database = f"test_{uuid.uuid4().hex}"
    connect(clickhouse).command(f"CREATE DATABASE {database}")
    yield connect(clickhouse, database)
    connect(clickhouse).command(f"DROP DATABASE {database}")
