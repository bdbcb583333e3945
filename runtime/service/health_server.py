"""Serves /metrics, /live and /ready of a process over HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from schemas.errors import UsageError
from schemas.settings.processes import METRICS_PORTS, ObserveSettings

Trouble = Callable[[], str | None]
"""Returns in one line what is wrong, or None where nothing is."""


def new_registry() -> CollectorRegistry:
    """Return a registry of this process, with the measures that every process has."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


@contextmanager
def serve_health(
    registry: CollectorRegistry, observe: ObserveSettings, kind: str, *, live: Trouble, ready: Trouble
) -> Iterator[int]:
    """Serve /metrics, /live and /ready while the block runs.

    Args:
        registry: The process's measures.
        observe: Address and port to listen on; port 0 takes a free one.
        kind: Of the process, which has a port by default.
        live: Says why the process should be restarted.
        ready: Says why it does not do its work yet.

    Yields:
        The port.

    Raises:
        UsageError: The address or the port cannot be had.
    """
    port = METRICS_PORTS[kind] if observe.port is None else observe.port
    try:
        server = ThreadingHTTPServer((observe.host, port), _handler(registry, live, ready))
    except OSError as error:
        raise UsageError(
            f"STAYLINE_OBSERVE__PORT is {port}, and {observe.host}:{port} cannot be served: {error.strerror}; "
            "set another port or STAYLINE_OBSERVE__HOST"
        ) from None
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="health", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def _handler(registry: CollectorRegistry, live: Trouble, ready: Trouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match self.path.partition("?")[0]:
                case "/metrics":
                    encode, content_type = choose_encoder(self.headers.get("Accept", ""))
                    self._answer(200, content_type, encode(registry))
                case "/live":
                    self._say(live())
                case "/ready":
                    self._say(ready())
                case _:
                    self._answer(404, "text/plain", b"there are /metrics, /live and /ready\n")

        def _say(self, trouble: str | None) -> None:
            self._answer(503 if trouble else 200, "text/plain; charset=utf-8", f"{trouble or 'ok'}\n".encode())

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            with suppress(ConnectionError):  # the client has hung up, as after a long pause of this process
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing: scrapes are no news."""

    return Handler
