"""The sections of docs/tables.md, written from what ClickHouse knows of its columns."""

from clickhouse_connect.driver.client import Client


def describe(client: Client) -> dict[str, str]:
    """A Markdown section for each table and view of the client's database, by name."""
    tables = client.query(
        "SELECT name, comment FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    ).result_rows
    return {name: f"### {name}\n\n{comment}.\n\n{_columns(client, name)}" for name, comment in tables}


def _columns(client: Client, table: str) -> str:
    rows = client.query(
        "SELECT name, type, comment FROM system.columns "
        "WHERE database = currentDatabase() AND table = {table:String} ORDER BY position",
        parameters={"table": table},
    ).result_rows
    lines = [f"| `{name}` | `{_short(kind)}` | {meaning} |" for name, kind, meaning in rows]
    return "\n".join(["| column | type | meaning |", "| --- | --- | --- |", *lines, ""])


def _short(kind: str) -> str:
    """A type without ClickHouse's line breaks, and without the storage hint that does not matter to a reader."""
    text = " ".join(kind.split()).replace("Tuple( ", "Tuple(").replace("DateTime64(3, 'UTC')", "DateTime64(3)")
    return text.replace("LowCardinality(String)", "String")
