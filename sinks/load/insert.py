"""Insert lines, unparsed, into one table."""

from typing import Any, Final

from clickhouse_connect.driver.client import Client

from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import errors_sorted

INSERT_SETTINGS: Final = {
    # The response must mean that the rows are stored, since offsets are committed after it.
    "async_insert": 0,
    "date_time_input_format": "best_effort",
    # What this schema does not know must stop the sink instead of being lost.
    "input_format_skip_unknown_fields": 0,
    "input_format_json_ignore_unknown_keys_in_named_tuple": 0,
    "input_format_null_as_default": 0,
    "input_format_allow_errors_num": 0,
    # Two inserts at once, each with one core, store half as many rows again as one with two.
    "input_format_parallel_parsing": 0,
    "max_threads": 1,
    # Reads use FINAL, which finds repeats wherever they are; merging those of an insert took an eighth of its time.
    "optimize_on_insert": 0,
}


def insert(client: Client, settings: ClickHouseSettings, table: str, *lines: bytes) -> None:
    """Insert NDJSON; return once ClickHouse has stored it. Repeating it changes nothing under FINAL.

    Args:
        client: A connection to the database.
        settings: Where ClickHouse is, for messages.
        table: Its fields are the lines' keys; keys left out take the table's defaults.
        lines: One JSON object a line, in consecutive pieces; none is copied on its way to the socket.

    Raises:
        ServerUnreachableError: ClickHouse is away or overloaded; try again later.
        FatalError: It refuses the lines.
    """
    size = {"Content-Length": str(sum(map(len, lines)))}
    # The driver passes on to urllib3 what is not bytes, which it would copy to put the statement before them.
    body: Any = lines
    with errors_sorted(settings, f"inserting into {table}"):
        client.raw_insert(
            table, insert_block=body, settings=INSERT_SETTINGS, fmt="JSONEachRow", transport_settings=size
        )
