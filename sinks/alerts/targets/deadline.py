"""Deadline of one request as a whole: time-outs of httpx are of each read, and an answer that drips never meets one."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from types import TracebackType
from typing import Any, Final, Self

_CONNECTED: Final = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})
"""Events of httpcore after which a request has another network stream."""


class RequestDeadline:
    """Ends the connection of a request when its time is over; the request then fails by itself."""

    def __init__(self, seconds: float | None) -> None:
        """Set the time.

        Args:
            seconds: From entering on; None for no end.
        """
        self.is_over = False
        self._timer = None if seconds is None else Timer(seconds, self._end)
        self._sockets: list[socket.socket] = []

    def trace(self, event: str, about: Mapping[str, Any]) -> None:
        """Learn of the connection: the extension ``trace`` of the request, which must not use an older connection."""
        if event in _CONNECTED:
            connected = about["return_value"].get_extra_info("socket")
            if isinstance(connected, socket.socket):
                self._sockets.append(connected)
                if self.is_over:
                    self._end()

    def __enter__(self) -> Self:
        """Start the time."""
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the time."""
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        self.is_over = True
        for connected in list(self._sockets):
            with suppress(OSError):  # closed meanwhile, or wrapped by TLS
                socket.socket.shutdown(
                    connected, socket.SHUT_RDWR
                )  # not ssl's own, which the reading thread would meet
