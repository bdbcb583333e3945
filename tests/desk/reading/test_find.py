"""Customers found by the beginning of their ids."""

import pytest
from clickhouse_connect.driver.client import Client

from desk.reading.find import find_customers
from tests.desk.reading.tables import Tables
from tests.sinks.records import score

pytestmark = pytest.mark.servers


def test_customers_are_found_by_how_their_ids_begin_and_by_nothing_else(client: Client, tables: Tables) -> None:
    tables.scores(*(score(name) for name in ("c-1", "c-12", "c-2", "x-c-1", "c%", "C-1")))

    assert find_customers(client, "c-1") == ["c-1", "c-12"]
    assert find_customers(client, "c", limit=2) == ["c%", "c-1"]
    assert find_customers(client, "%") == []
    assert find_customers(client, "' OR 1=1") == []
    assert find_customers(client, "") == []
