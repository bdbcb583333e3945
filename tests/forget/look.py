"""Looks for all that is stored of a customer: in the changelog, on topics and in ClickHouse."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from clickhouse_connect.driver.client import Client

from customers.encoding.encode import decode_customer
from customers.state import Customer
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from tests.integration.stack import CHANGELOG, LocalPipeline

TOLD: Final = ("actions_taken", "judgements")
"""Views of what people did and thought, an event of each of which is published."""


@dataclass(frozen=True)
class Seen:
    """Everything that is stored of a customer.

    Attributes:
        purchases: In the state; None where there is none.
        rows: In ClickHouse, by table.
    """

    purchases: int | None
    rows: dict[str, int]


class Look:
    """Looks for customers under one name of the application and in one database."""

    def __init__(self, pipeline: LocalPipeline, application: str = "stayline") -> None:
        self.pipeline = pipeline
        self.application = application
        self.clickhouse = ClickHouseSettings(url=pipeline.clickhouse.url, database=application)

    def settings(self) -> dict[str, str]:
        """Variables of its processes, without their prefix."""
        return {"WORKER__APPLICATION_ID": self.application, "CLICKHOUSE__DATABASE": self.application}

    def start(self, *kinds: str) -> None:
        """Start processes."""
        for kind in kinds:
            self.pipeline.start(kind, f"{kind}-{self.application}-{uuid4().hex[:4]}", **self.settings())

    def rows(self, customer_id: str) -> dict[str, int]:
        """Rows in ClickHouse that are about a customer, by table."""
        with open_client(self.clickhouse) as client:
            found = {table: count_of(client, table, customer_id) for table in tables_by_customer(client)}
            found |= {view: count_of(client, view, customer_id) for view in TOLD}
            letters = "SELECT countIf(position(original, {id:String}) > 0) FROM dead_letters FINAL"
            return {
                **found,
                "dead_letters": client.query(letters, parameters={"id": quoted(customer_id)}).result_rows[0][0],
            }

    def purchases(self, customer_id: str) -> int | None:
        """Return the number of purchases in the customer's state; None where there is none."""
        state = self._state(customer_id)
        return None if state is None else state.purchases

    def has_read_to(self, customer_id: str, event_id: str) -> bool:
        """Return True if a customer's last purchase is in ClickHouse and in the state, and no dead letter is left."""
        with open_client(self.clickhouse) as client:
            asked = "SELECT toUnixTimestamp64Milli(occurred_at) FROM interactions FINAL WHERE event_id = {id:String}"
            moments = client.query(asked, parameters={"id": event_id}).result_rows
        state = self._state(customer_id)
        is_last = bool(moments) and state is not None and state.last_purchase == moments[0][0]
        return is_last and self.rows(customer_id)["dead_letters"] == 0

    def _state(self, customer_id: str) -> Customer | None:
        changelog = CHANGELOG.replace("stayline", self.application)
        state = dict(latest(self.pipeline, changelog)).get(customer_id.encode())
        return None if state is None else decode_customer(state)

    def see(self, customer_id: str) -> Seen:
        """All that there is of a customer."""
        return Seen(self.purchases(customer_id), self.rows(customer_id))

    def audit(self) -> int:
        """Exit code of an audit."""
        variables = {f"STAYLINE_{name}": value for name, value in self.settings().items()}
        return self.pipeline.run("audit", "--once", check=False, variables=variables).returncode


def quoted(customer_id: str) -> str:
    return json.dumps(customer_id)


def tables_by_customer(client: Client) -> list[str]:
    """Tables with a column of customers, but for those of snapshots' rows."""
    asked = (
        "SELECT DISTINCT table FROM system.columns JOIN system.tables ON tables.name = columns.table "
        "AND tables.database = columns.database WHERE columns.name = 'customer_id' "
        "AND columns.database = currentDatabase() AND engine LIKE '%MergeTree' AND NOT startsWith(table, '.') "
        "AND NOT endsWith(table, '_rows')"
    )
    return [row[0] for row in client.query(asked).result_rows]


def count_of(client: Client, table: str, customer_id: str) -> int:
    asked = f"SELECT count() FROM {table} FINAL WHERE customer_id = {{id:String}}"  # noqa: S608
    found: int = client.query(asked, parameters={"id": customer_id}).result_rows[0][0]
    return found


def latest(pipeline: LocalPipeline, topic: str) -> Iterator[tuple[bytes, bytes]]:
    """The latest record of each key, where it says anything."""
    records: dict[bytes, bytes | None] = dict(pipeline.read_all(topic))
    return ((key, value) for key, value in records.items() if value)
