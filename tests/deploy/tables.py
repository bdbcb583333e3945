"""The sections of docs/tables.md, written from what ClickHouse knows of its columns.

``python -m tests.deploy.tables`` writes them anew after a migration.
"""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from clickhouse_connect.driver.client import Client

from deploy.local.clickhouse import ClickHouse
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate

GUIDE: Final = Path(__file__).parents[2] / "docs" / "tables.md"


def describe(client: Client) -> dict[str, str]:
    """A Markdown section for each table and view of the client's database, by name.

    Not for snapshots, which have the columns of their views, nor for the tables of snapshots' rows.
    """
    tables = client.query(
        "SELECT name, comment FROM system.tables "
        "WHERE database = currentDatabase() AND name NOT LIKE '.%' AND NOT match(name, '_(snapshot|rows)$') "
        "ORDER BY name"
    ).result_rows
    return {name: f"### {name}\n\n{comment}.\n\n{_columns(client, name)}" for name, comment in tables}


def renew(guide: str, sections: Mapping[str, str]) -> str:
    """The guide with each section replaced by what it should say."""
    section = re.compile(r"^### (\w+)\n.*?(?=^#|\Z)", re.MULTILINE | re.DOTALL)
    return section.sub(lambda found: f"{sections[found[1]]}\n", guide).rstrip() + "\n"


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


def main() -> None:
    """Write the sections anew."""
    with tempfile.TemporaryDirectory() as folder, ClickHouse(Path(folder)) as server:
        settings = ClickHouseSettings(url=server.url)
        migrate(settings)
        with open_client(settings) as client:
            GUIDE.write_text(renew(GUIDE.read_text("utf-8"), describe(client)), "utf-8")


if __name__ == "__main__":
    main()
