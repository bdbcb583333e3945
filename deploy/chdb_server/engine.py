"""The engine: chDB on a folder, a session for every query, so that queries run side by side."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chdb._exceptions import ChdbError  # what sessions raise; `chdb.ChdbError` is another class
from chdb.session import Session

from deploy.chdb_server.errors import READONLY, from_engine, refusal
from deploy.chdb_server.sessions import SessionRequest, Sessions

# clickhouse-local's habits that clickhouse-server does not have: what works here must work there.
SERVER_HABITS = {"implicit_select": "0", "mutations_sync": "0"}


@dataclass(frozen=True)
class Query:
    """One statement and the circumstances of its request.

    Attributes:
        text: The statement.
        default_format: Format of the answer when the statement names none.
        database: Database that unqualified names are looked up in; None for the session's, at first `default`.
        settings: Settings for this query.
        parameters: Texts of the `{name:Type}` parameters, escaped as in TabSeparated.
        read_only: Refuse statements that write.
        answers: Whether the statement only reads, as its first word says.
        session: The session that the client named; None for one of this query's own.
    """

    text: str
    default_format: str = "TabSeparated"
    database: str | None = None
    settings: Mapping[str, str] | None = None
    parameters: Mapping[str, str] | None = None
    read_only: bool = False
    answers: bool = True
    session: SessionRequest | None = None


@dataclass(frozen=True)
class QueryResult:
    """Answer to a query: the bytes in its format, the numbers of rows read and written, and the seconds it took."""

    data: bytes
    rows_read: int
    rows_written: int
    seconds: float


class Engine:
    """A folder's databases, loaded as long as this is open. Every method may be called from any thread.

    Args:
        folder: Where the data is and stays.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = str(folder)
        # Keeps the databases loaded, and their merges and refreshes at work, while no query runs.
        self._anchor = Session(self._folder)  # type: ignore[no-untyped-call]
        self._sessions = Sessions(self._begin, time.monotonic)
        self.version = self.run(Query("SELECT version()")).data.decode().strip()
        self.timezone = self.run(Query("SELECT timezone()")).data.decode().strip()

    def run(self, query: Query) -> QueryResult:
        """Run one statement.

        Raises:
            QueryError: It failed, with ClickHouse's code and text.
        """
        began = time.monotonic()
        try:
            with self._prepared(query) as session:
                result = _ask(session, query.text, query.default_format, query.parameters)
                return QueryResult(result.bytes(), result.rows_read(), result.rows_written(), time.monotonic() - began)
        except ChdbError as error:
            raise from_engine(str(error)) from error

    def close(self) -> None:
        """Let go of the folder."""
        self._sessions.close()
        self._anchor.close()  # type: ignore[no-untyped-call]

    def _begin(self) -> Session:
        session = Session(self._folder)  # type: ignore[no-untyped-call]
        _ask(session, _set_statement(SERVER_HABITS))
        _ask(session, "USE `default`")
        return session

    @contextmanager
    def _prepared(self, query: Query) -> Iterator[Session]:
        """Give a session with the query's settings and database."""
        if query.session is None:
            with Session(self._folder) as session:  # type: ignore[no-untyped-call]
                read_only = {"readonly": "2"} if query.read_only else {}
                _ask(session, _set_statement(SERVER_HABITS | dict(query.settings or {}) | read_only))
                _ask(session, f"USE {_quoted(query.database or 'default', '`')}")
                yield session
            return
        if query.read_only and not query.answers:
            # `SET readonly` could not be taken back, and the session goes on.
            raise refusal(READONLY, "READONLY", "Cannot execute query in readonly mode")
        with self._sessions.use(query.session) as held:
            assert isinstance(held, Session)  # noqa: S101 - this engine began it
            with _for_one_query(held, query):
                yield held


@contextmanager
def _for_one_query(session: Session, query: Query) -> Iterator[None]:
    """Apply a request's settings and database to a session that outlives it, and take them back afterwards."""
    before = _settings_of(session, query.settings or {})
    database = json.loads(_ask(session, "SELECT currentDatabase() AS name", "JSONEachRow").bytes())["name"]
    try:
        if query.settings:
            _ask(session, _set_statement(query.settings))
        if query.database is not None:
            _ask(session, f"USE {_quoted(query.database, '`')}")
        yield
    finally:
        if before:
            _ask(session, _set_statement(before))
        if query.database is not None:
            _ask(session, f"USE {_quoted(database, '`')}")


def _settings_of(session: Session, names: Mapping[str, str]) -> dict[str, str]:
    if not names:
        return {}
    listed = ", ".join(_quoted(name, "'") for name in names)
    rows = _ask(session, f"SELECT name, value FROM system.settings WHERE name IN ({listed})", "JSONEachRow").bytes()  # noqa: S608 - quoted
    return {row["name"]: row["value"] for row in map(json.loads, rows.splitlines())}


def _ask(session: Session, text: str, form: str = "TabSeparated", parameters: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - chDB ships no types
    return session.query(text, form, params=dict(parameters or {}))  # type: ignore[no-untyped-call]


def _set_statement(settings: Mapping[str, str]) -> str:
    return "SET " + ", ".join(f"{_quoted(name, '`')} = {_quoted(value, chr(39))}" for name, value in settings.items())


def _quoted(text: str, mark: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(mark, "\\" + mark)
    return f"{mark}{escaped}{mark}"
