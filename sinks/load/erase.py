"""Delete what a tombstone voids, and record that it was done without recording whose it was."""

from typing import Any, Final

from clickhouse_connect.driver.client import Client

from schemas.errors import FatalError
from schemas.settings.connections import ClickHouseSettings
from schemas.topics import DEAD_LETTERS
from sinks.clickhouse.client import errors_sorted
from sinks.clickhouse.snapshots import erase_from_snapshots
from sinks.load.batch import Tombstone

_OF_CUSTOMER: Final = "customer_id = {customer:String}"
_OF_DEAD_LETTER: Final = "topic = {topic:String} AND partition = {partition:UInt16} AND offset = {offset:UInt64}"
_NOTE: Final = """
INSERT INTO forgotten (source_topic, source_partition, source_offset, forgotten_at, deleted_rows)
SELECT {topic:String}, {partition:UInt16}, {offset:UInt64}, fromUnixTimestamp64Milli({stamp:Int64}), {rows:UInt64}
"""


def erase(client: Client, settings: ClickHouseSettings, table: str, record: Tombstone) -> None:
    """Delete the rows that a tombstone names; return once no query finds them. Repeating it changes nothing.

    Args:
        client: A connection to the database.
        settings: Where ClickHouse is, for messages.
        table: Where from.
        record: Names a customer or, for ``dead_letters``, a dead letter.

    Raises:
        ServerUnreachableError: ClickHouse is away or overloaded; try again later.
        FatalError: It refuses.
    """
    condition, named = _named(table, record.key)
    with errors_sorted(settings, f"forgetting in {table}"):
        rows = client.query(
            f"SELECT count() FROM {table} FINAL WHERE {condition}",  # noqa: S608 - names of ours
            parameters=named,
        ).result_rows[0][0]
        client.command(f"DELETE FROM {table} WHERE {condition}", parameters=named)  # noqa: S608 - names of ours
        if table != DEAD_LETTERS:
            erase_from_snapshots(client, record.key)
        topic, partition = record.place
        place = {"topic": topic, "partition": partition, "offset": record.offset}
        client.command(_NOTE, parameters={**place, "stamp": record.stamp, "rows": rows})


def _named(table: str, key: str) -> tuple[str, dict[str, Any]]:
    if table != DEAD_LETTERS:
        return _OF_CUSTOMER, {"customer": key}
    topic, partition, offset = _place(key)
    return _OF_DEAD_LETTER, {"topic": topic, "partition": partition, "offset": offset}


def _place(key: str) -> tuple[str, int, int]:
    try:
        topic, partition, offset = key.rsplit("/", 2)
        return topic, int(partition), int(offset)
    except ValueError:
        raise FatalError(f"a record on {DEAD_LETTERS} has the key {key!r}, which names no dead letter") from None
