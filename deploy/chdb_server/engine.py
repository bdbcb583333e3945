"""The engine: chDB on a folder, a session of its own for every query, so that queries run side by side."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chdb._exceptions import ChdbError  # what sessions raise; `chdb.ChdbError` is another class
from chdb.session import Session

from deploy.chdb_server.errors import from_engine

# clickhouse-local's habits that clickhouse-server does not have: what works here must work there.
SERVER_HABITS = {"implicit_select": "0", "mutations_sync": "0"}


@dataclass(frozen=True)
class Query:
    """One statement and the circumstances of its request.

    Attributes:
        text: the statement.
        default_format: format of the answer when the statement names none.
        database: database that unqualified names are looked up in.
        settings: settings for this query.
        parameters: texts of the `{name:Type}` parameters, escaped as in TabSeparated.
        read_only: refuse whatever writes.
    """

    text: str
    default_format: str = "TabSeparated"
    database: str = "default"
    settings: Mapping[str, str] | None = None
    parameters: Mapping[str, str] | None = None
    read_only: bool = False


@dataclass(frozen=True)
class Answer:
    """What a query gave: the bytes in its format, how many rows were read and written, and the seconds it took."""

    data: bytes
    rows_read: int
    rows_written: int
    seconds: float


class Engine:
    """A folder's databases, loaded as long as this is open. Every method may be called from any thread.

    Args:
        folder: where the data is and stays.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = str(folder)
        # Keeps the databases loaded, and their merges and refreshes at work, while no query runs.
        self._anchor = Session(self._folder)  # type: ignore[no-untyped-call]
        self.version = self.run(Query("SELECT version()")).data.decode().strip()
        self.timezone = self.run(Query("SELECT timezone()")).data.decode().strip()

    def run(self, query: Query) -> Answer:
        """Run one statement.

        Raises:
            QueryError: it failed, with ClickHouse's code and text.
        """
        began = time.monotonic()
        try:
            with Session(self._folder) as session:  # type: ignore[no-untyped-call]
                session.query(_preparation(query))
                session.query(f"USE {_quoted(query.database, '`')}")
                result = session.query(query.text, query.default_format, params=dict(query.parameters or {}))
                return Answer(result.bytes(), result.rows_read(), result.rows_written(), time.monotonic() - began)
        except ChdbError as error:
            raise from_engine(str(error)) from error

    def close(self) -> None:
        """Let go of the folder."""
        self._anchor.close()  # type: ignore[no-untyped-call]


def _preparation(query: Query) -> str:
    settings = {**SERVER_HABITS, **(query.settings or {})}
    if query.read_only:
        settings["readonly"] = "2"
    return "SET " + ", ".join(f"{_quoted(name, '`')} = {_quoted(value, chr(39))}" for name, value in settings.items())


def _quoted(text: str, mark: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(mark, "\\" + mark)
    return f"{mark}{escaped}{mark}"
