"""A proxy between the sinks and ClickHouse that spoils requests as networks and busy servers do."""

import threading
from collections import Counter
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from deploy.local.ports import reserve_port

Mode = Literal["pass", "error_500", "drop_reply", "too_many_parts", "hang_up", "refuse"]
"""Mode of the proxy: the treatment of each request.

pass: it is answered. error_500: an answer without ClickHouse's own code. drop_reply: it is done, and the connection
closed instead of an answer. too_many_parts: ClickHouse's error 252. hang_up: the connection is closed before anything
is done. refuse: the port is closed.
"""

_UPSTREAM_SECONDS: Final = 60.0
_HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})


class Proxy:
    """A door to ClickHouse that can be shut in several ways."""

    def __init__(self, upstream: str) -> None:
        """Prepare it.

        Args:
            upstream: ClickHouse's address.
        """
        self._upstream = urlsplit(upstream).netloc
        self._port = reserve_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.mode: Mode = "pass"
        self.spoiled: Counter[str] = Counter()
        """Requests that were not answered as they should have been, by mode."""
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._hush()

    def set(self, mode: Mode) -> None:
        """Choose what happens to requests from now on."""
        self.mode = mode
        if mode == "refuse":
            self._hush()
        else:
            self._listen()

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, list[str], bytes]:
        """Ask ClickHouse, and return status, headers (name and value in turn) and body."""
        connection = HTTPConnection(self._upstream, timeout=_UPSTREAM_SECONDS)
        try:
            connection.request(method, path, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            flat = [part for pair in answer.getheaders() if pair[0].lower() not in _HOP_BY_HOP for part in pair]
            return answer.status, flat, answer.read()
        finally:
            connection.close()

    def _listen(self) -> None:
        if self._server is not None:
            return
        self._server = _Server(self, ("127.0.0.1", self._port), _Handler)
        serve = {"poll_interval": 0.05}
        threading.Thread(target=self._server.serve_forever, kwargs=serve, name="proxy", daemon=True).start()

    def _hush(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            server.shutdown()
            server.socket.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: Proxy, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.proxy = proxy
        super().__init__(address, handler)

    def handle_error(self, *_: object) -> None:
        """Say nothing of a sink that was killed while it was being answered."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        mode = self.server.proxy.mode
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if mode != "pass":
            self.server.proxy.spoiled[mode] += 1
        match mode:
            case "error_500":
                self._answer(500, [], b"Internal Server Error\n")
            case "too_many_parts":
                said = b"Code: 252. DB::Exception: Too many parts (300) in table. (TOO_MANY_PARTS)\n"
                self._answer(500, ["X-ClickHouse-Exception-Code", "252"], said)
            case "hang_up" | "refuse":
                self.close_connection = True
            case _:
                self._forward(body, answer=mode == "pass")

    def _forward(self, body: bytes, *, answer: bool) -> None:
        try:
            status, headers, said = self.server.proxy.forward(self.command, self.path, dict(self.headers.items()), body)
        except (OSError, HTTPException):
            self.close_connection = True
            return
        if answer:
            self._answer(status, headers, said)
        else:
            self.close_connection = True

    def _answer(self, status: int, headers: list[str], body: bytes) -> None:
        self.send_response(status)
        for name, value in zip(headers[::2], headers[1::2], strict=True):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
