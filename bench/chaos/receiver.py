"""The web server to which decisions are delivered: it notes all that it is sent, and now and then fails afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock, Thread
from typing import Final

from runtime.service.clock import wall_clock_ms
from schemas.records.alert import Alert, decode_alert

_FAILS: Final = 0.05
"""Share of the requests that are noted and then answered as if they were not."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A request.

    Attributes:
        at: When it came, ms since 1970.
        key: Its key of idempotency.
        alert: The alert that it brought.
    """

    at: int
    key: str
    alert: Alert


class Receiver:
    """Receives deliveries from when it is made until it is closed.

    Attributes:
        url: Its address.
        delivered: All requests, in the order in which they came; those that failed afterwards, too.
    """

    def __init__(self, random: Random, now_ms: Callable[[], int] = wall_clock_ms) -> None:
        """Start to listen.

        Args:
            random: Draws the requests that fail.
            now_ms: Returns the wall time, ms since 1970.
        """
        self.delivered: list[Delivered] = []
        self._random, self._now_ms, self._lock = random, now_ms, Lock()
        receiver = self

        class ReceiverHandler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(self.headers["Idempotency-Key"], body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing of each request."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), ReceiverHandler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, name="receiver", daemon=True)
        self._thread.start()

    def take(self, key: str, body: bytes) -> int:
        """Note a request, and return the status of its answer."""
        with self._lock:
            self.delivered.append(Delivered(self._now_ms(), key, decode_alert(body)))
            return 503 if self._random.random() < _FAILS else 200

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
