"""Sessions as clients name them by `session_id`: temporary tables and `SET` last from one request to the next."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from deploy.chdb_server.errors import (
    INVALID_SESSION_TIMEOUT,
    SESSION_IS_LOCKED,
    SESSION_NOT_FOUND,
    TOO_MANY_SESSIONS,
    refusal,
)

DEFAULT_SECONDS = 60.0
LONGEST_SECONDS = 3600.0
MOST_SESSIONS = 1000


class EngineSession(Protocol):
    """The engine's side of a session."""

    def close(self) -> None:
        """Drop its temporary tables and settings."""


@dataclass(frozen=True)
class SessionRequest:
    """A request's wish for a session.

    Attributes:
        key: Name of the session, which belongs to one user.
        seconds: Idle time after which the session ends.
        must_exist: Whether a session that is not there is an error instead of a beginning.
        close: Whether the session ends with this request.
    """

    key: tuple[str, str]
    seconds: float = DEFAULT_SECONDS
    must_exist: bool = False
    close: bool = False


@dataclass
class _Open:
    session: EngineSession
    lock: threading.Lock
    ends_at: float = 0.0


class Sessions:
    """The open sessions of a server; every method may be called from any thread.

    Args:
        begin: Begins a session in the engine.
        clock: Seconds that never run backwards.
    """

    def __init__(self, begin: Callable[[], EngineSession], clock: Callable[[], float]) -> None:
        self._begin = begin
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[tuple[str, str], _Open] = {}

    @contextmanager
    def use(self, asked: SessionRequest) -> Iterator[EngineSession]:
        """Hold a session for one request.

        Args:
            asked: Which session, and for how long it outlives the request.

        Raises:
            QueryError: Another request holds it, it must exist and does not, or there are too many.
        """
        held = self._take(asked)
        try:
            yield held.session
        finally:
            with self._lock:
                held.ends_at = self._clock() + asked.seconds
                if asked.close:
                    self._open.pop(asked.key, None)
                    held.session.close()
                held.lock.release()

    def close(self) -> None:
        """End every session that no request holds."""
        self._drop(float("inf"))

    def _take(self, asked: SessionRequest) -> _Open:
        with self._lock:
            self._drop(self._clock())
            held = self._open.get(asked.key)
            name = asked.key[1]
            if held is None:
                if asked.must_exist:
                    raise refusal(SESSION_NOT_FOUND, "SESSION_NOT_FOUND", f"Session {name} not found")
                if len(self._open) >= MOST_SESSIONS:
                    raise refusal(TOO_MANY_SESSIONS, "TOO_MANY_SESSIONS", f"There are {MOST_SESSIONS} sessions already")
                held = self._open[asked.key] = _Open(self._begin(), threading.Lock())
            if not held.lock.acquire(blocking=False):
                raise refusal(
                    SESSION_IS_LOCKED, "SESSION_IS_LOCKED", f"Session {name} is locked by a concurrent client"
                )
            return held

    def _drop(self, now: float) -> None:
        """End sessions that were idle for too long."""
        for key, one in list(self._open.items()):
            if one.ends_at <= now and one.lock.acquire(blocking=False):
                del self._open[key]
                one.session.close()


def session_seconds(text: str) -> float:
    """Read `session_timeout`.

    Args:
        text: Seconds as the client wrote them.

    Raises:
        QueryError: It is no number of seconds from 0 to an hour.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds <= LONGEST_SECONDS:
        message = f"Session timeout {text!r} is not a number of seconds from 0 to {LONGEST_SECONDS:.0f}"
        raise refusal(INVALID_SESSION_TIMEOUT, "INVALID_SESSION_TIMEOUT", message)
    return seconds
