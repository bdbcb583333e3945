"""The answers in docs/analysts.md, written from what ClickHouse answers to the queries beside them.

``python -m tests.sinks.answers`` writes them anew, always from the same shop.
"""

import re
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from clickhouse_connect.driver.client import Client

from deploy.local.clickhouse import ClickHouse
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate
from tests.sinks.shop import play, put

GUIDE: Final = Path(__file__).parents[2] / "docs" / "analysts.md"

_QUESTION: Final = re.compile(
    r"(?P<asked>^### (?P<title>[^\n]+)\n\n```sql\n(?P<query>.+?)```\n)(?:\n(?P<answer>(?:\|[^\n]*\n)+))?",
    re.MULTILINE | re.DOTALL,
)


class Question(NamedTuple):
    """A question of the page, its query, and the table printed below; None where there is none yet."""

    title: str
    query: str
    answer: str | None


def questions(guide: str) -> list[Question]:
    """Every question of the page."""
    return [Question(found["title"], found["query"], found["answer"]) for found in _QUESTION.finditer(guide)]


def renew(guide: str, answer: Callable[[str], str]) -> str:
    """The page with every answer as it is now.

    Args:
        guide: The page.
        answer: Gives a query's answer as a Markdown table.
    """
    return _QUESTION.sub(lambda found: f"{found['asked']}\n{answer(found['query'])}", guide)


def answered(client: Client, query: str) -> str:
    """Return ClickHouse's answer as a Markdown table."""
    result = client.query(query)
    rows = [[_written(value) for value in row] for row in result.result_rows]
    lines = [list(result.column_names), ["---"] * len(result.column_names), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _written(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_written, value))
    return str(value)


def main() -> None:
    """Write the answers anew."""
    with tempfile.TemporaryDirectory() as folder, ClickHouse(Path(folder)) as server:
        settings = ClickHouseSettings(url=server.url)
        migrate(settings)
        with open_client(settings) as client:
            put(client, settings, play())
            page = renew(GUIDE.read_text("utf-8"), lambda query: answered(client, query))
    GUIDE.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
