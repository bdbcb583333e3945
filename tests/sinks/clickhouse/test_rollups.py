"""Every roll-up equals what Python computes from the same events, inserted twice, late, or all over again."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

import pytest
from clickhouse_connect.driver.client import Client

from deploy.local.clickhouse import ClickHouse
from schemas.events.interaction import encode_interaction
from schemas.pages.page import encode_lines
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.clickhouse.snapshots import SNAPSHOTS, refresh_snapshots
from sinks.load.insert import insert
from tests.sinks.clickhouse import rollups
from tests.sinks.clickhouse.rollups import Rows
from tests.sinks.random_records import copies, draw_records
from tests.sinks.running import new_database
from tests.sinks.shop import Records, encoded

pytestmark = [pytest.mark.servers, pytest.mark.takes(30)]

ROLLUPS: dict[str, tuple[Callable[[Records], Rows], int]] = {
    "cohorts": (rollups.cohorts, 2),
    "campaigns": (rollups.campaigns, 1),
    "products": (rollups.products, 1),
    "also_bought": (rollups.also_bought, 2),
    "contact_drivers": (rollups.contact_drivers, 1),
    "lost_customers": (rollups.lost_customers, 1),
    "daily_risk": (rollups.daily_risk, 3),
    "segment_moves": (rollups.segment_moves, 4),
}
"""How it is computed, and how many columns name a row."""


class Stored(NamedTuple):
    """Records, and the database that has them."""

    random: Random
    records: Records
    database: ClickHouseSettings
    client: Client


class Shown(NamedTuple):
    """Rows of every roll-up at one time after the other."""

    at_first: dict[str, Rows]
    replayed: dict[str, Rows]
    merged: dict[str, Rows]


@pytest.fixture(scope="module", params=[1, 2])
def stored(clickhouse: ClickHouse, request: pytest.FixtureRequest) -> Iterator[Stored]:
    """A random history in shuffled halves, copies from upstream among them, inserted and then inserted again."""
    random = Random(request.param)  # noqa: S311 - a history, no secret
    records, database = draw_records(random), new_database(clickhouse)
    with open_client(database) as client:
        history = Stored(random, records, database, client)
        insert_again(history)
        insert_again(history)
        yield history


def insert_again(stored: Stored) -> None:
    lines = {table: list(rows) for table, rows in encoded(stored.records).items()}
    lines["interactions"] += [encode_interaction(copy) for copy in copies(stored.random, stored.records.interactions)]
    for table, rows in lines.items():
        stored.random.shuffle(rows)
        for half in (rows[::2], rows[1::2]):
            insert(stored.client, stored.database, table, encode_lines(half))
    refresh_snapshots(stored.client)


@pytest.fixture(scope="module")
def shown(stored: Stored) -> Shown:
    """The figures of roll-ups before all is inserted once more, after it, and after every merge."""
    at_first = rows_of_all(stored.client)
    insert_again(stored)
    replayed = rows_of_all(stored.client)
    for table in encoded(stored.records):
        stored.client.command(f"OPTIMIZE TABLE {table} FINAL")
    refresh_snapshots(stored.client)
    return Shown(at_first, replayed, rows_of_all(stored.client))


def rows_of_all(client: Client) -> dict[str, Rows]:
    return {view: rows_of(client, view, keys) for view, (_, keys) in ROLLUPS.items()}


def rows_of(client: Client, view: str, keys: int) -> Rows:
    found = client.query(f"SELECT * FROM {view}").result_rows  # noqa: S608 - names above
    rows = {row[0] if keys == 1 else tuple(row[:keys]): tuple(row[keys:]) for row in found}
    assert len(rows) == len(found)
    return rows


def near(rows: Rows) -> dict[Any, Any]:
    return {
        key: tuple(pytest.approx(value, rel=1e-9) if isinstance(value, float) else value for value in row)
        for key, row in rows.items()
    }


@pytest.mark.parametrize("view", ROLLUPS)
def test_a_rollup_shows_what_python_computes_from_the_events(stored: Stored, shown: Shown, view: str) -> None:
    compute, _ = ROLLUPS[view]
    expected = compute(stored.records)
    assert len(expected) >= 3
    assert shown.at_first[view] == near(expected)


@pytest.mark.parametrize("view", ROLLUPS)
def test_a_rollup_shows_the_same_after_a_replay_and_after_merges(shown: Shown, view: str) -> None:
    assert shown.replayed[view] == near(shown.at_first[view])
    assert shown.merged[view] == near(shown.at_first[view])


@pytest.mark.parametrize("snapshot", [name for name in SNAPSHOTS if name.endswith("_snapshot")])
def test_a_snapshot_is_its_view_as_of_the_last_stamp(stored: Stored, snapshot: str) -> None:
    view = snapshot.removesuffix("_snapshot")
    expected = stored.client.query(f"SELECT *, (SELECT max(stamped_at) FROM interactions) FROM {view} ORDER BY ALL")  # noqa: S608
    actual = stored.client.query(f"SELECT * FROM {snapshot} ORDER BY ALL")  # noqa: S608 - names above
    assert len(actual.result_rows) >= 1
    assert actual.result_rows == expected.result_rows


def test_every_snapshot_is_known_by_name(stored: Stored) -> None:
    asked = "SELECT view FROM system.view_refreshes WHERE database = currentDatabase()"
    assert {row[0] for row in stored.client.query(asked).result_rows} == set(SNAPSHOTS)
