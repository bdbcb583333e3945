"""Delete what a record of Kafka takes back, and note that it was done without noting whose it was."""

from typing import Any, Final

from clickhouse_connect.driver.client import Client

from schemas.errors import FatalError
from schemas.settings import ClickHouseSettings
from sinks.clickhouse.client import errors_sorted
from sinks.clickhouse.snapshots import forget_in_snapshots
from sinks.load.batch import Forget

LETTERS: Final = "dead_letters"

_OF_CUSTOMER: Final = "customer_id = {customer:String}"
_OF_LETTER: Final = "topic = {topic:String} AND partition = {partition:UInt16} AND offset = {offset:UInt64}"
_NOTE: Final = """
INSERT INTO forgotten (source_topic, source_partition, source_offset, forgotten_at, deleted_rows)
SELECT {topic:String}, {partition:UInt16}, {offset:UInt64}, fromUnixTimestamp64Milli({stamp:Int64}), {rows:UInt64}
"""


def forget(client: Client, settings: ClickHouseSettings, table: str, record: Forget) -> None:
    """Delete rows; returns once no query finds them any more. The same again changes nothing.

    Args:
        client: A connection to the database.
        settings: Where ClickHouse is, for messages.
        table: Where from.
        record: Names a customer or, for ``dead_letters``, a letter.

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
        if table != LETTERS:
            forget_in_snapshots(client, record.key)
        topic, partition = record.place
        place = {"topic": topic, "partition": partition, "offset": record.offset}
        client.command(_NOTE, parameters={**place, "stamp": record.stamp, "rows": rows})


def _named(table: str, key: str) -> tuple[str, dict[str, Any]]:
    if table != LETTERS:
        return _OF_CUSTOMER, {"customer": key}
    topic, partition, offset = _place(key)
    return _OF_LETTER, {"topic": topic, "partition": partition, "offset": offset}


def _place(key: str) -> tuple[str, int, int]:
    try:
        topic, partition, offset = key.rsplit("/", 2)
        return topic, int(partition), int(offset)
    except ValueError:
        raise FatalError(f"a record on {LETTERS} has the key {key!r}, which names no letter") from None
