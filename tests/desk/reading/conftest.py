"""An empty database with this program's schema for every test, and a way to fill it."""

import pytest
from clickhouse_connect.driver.client import Client

from schemas.settings.connections import ClickHouseSettings
from tests.desk.reading.tables import Tables
from tests.sinks.conftest import client, database, lasting_database

__all__ = ["client", "database", "lasting_database", "tables"]


@pytest.fixture
def tables(client: Client, database: ClickHouseSettings) -> Tables:
    """Return the tables of that database."""
    return Tables(client, database)
