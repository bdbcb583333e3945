"""A connection to ClickHouse that pages share: opened when it is first needed, and again after an outage."""

from collections.abc import Callable
from contextlib import ExitStack
from threading import Lock
from typing import TypeVar

from schemas.errors import ServerUnreachableError
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.ask import Connection
from sinks.clickhouse.client import errors_sorted, open_client

Answer = TypeVar("Answer")


class SharedConnection:
    """Lets several threads ask; each request has its own socket of the connection's pool."""

    def __init__(self, clickhouse: ClickHouseSettings, note_failed: Callable[[], object] = lambda: None) -> None:
        """Connect later.

        Args:
            clickhouse: Where ClickHouse is.
            note_failed: Called after every read that it did not answer.
        """
        self._clickhouse, self._note_failed = clickhouse, note_failed
        self._lock = Lock()
        self._open = ExitStack()
        self._client: Connection | None = None

    def read(self, query: Callable[[Connection], Answer]) -> Answer:
        """Return what a query answers.

        Args:
            query: Asks by the connection that it is given.

        Raises:
            ServerUnreachableError: ClickHouse does not answer, now; the next call tries again.
            UsageError: It refuses the user.
            FatalError: It refuses the query.
        """
        client: Connection | None = None
        try:
            client = self._connected()
            with errors_sorted(self._clickhouse, "reading for the desk"):
                return query(client)
        except ServerUnreachableError:
            self._note_failed()
            self._drop(client)
            raise

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._client = None
            self._open.close()

    def _connected(self) -> Connection:
        with self._lock:
            if self._client is None:
                self._client = self._open.enter_context(open_client(self._clickhouse))
            return self._client

    def _drop(self, client: Connection | None) -> None:
        """Forget a connection that failed; those who still use it close it with the process."""
        with self._lock:
            if self._client is client:
                self._client = None
