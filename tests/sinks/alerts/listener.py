"""A web server that notes what targets send to it."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Listener:
    """A web server that notes what it is sent, and answers with the statuses it is given, then with 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.posts: list[tuple[str, Any]] = []
        self.bodies: list[bytes] = []
        self.keys: list[str | None] = []
        self.headers: list[dict[str, str]] = []
        self.asked: list[dict[str, list[str]]] = []
        self.holds: list[dict[str, Any]] = []
        self.on_post: Callable[[], object] | None = None
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.bodies.append(body)
                listener.posts.append((self.path, json.loads(body)))
                listener.keys.append(self.headers["Idempotency-Key"])
                listener.headers.append({name.lower(): value for name, value in self.headers.items()})
                if listener.on_post is not None:
                    listener.on_post()
                self._answer(b"")

            def do_GET(self) -> None:
                listener.asked.append(parse_qs(urlsplit(self.path).query))
                self._answer(json.dumps(listener.holds).encode())

            def _answer(self, body: bytes) -> None:
                self.send_response(listener.statuses.pop(0) if listener.statuses else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
