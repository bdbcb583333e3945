"""Errors of ClickHouse, sorted by what the caller does next."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from pydantic import SecretStr

from schemas.errors import FatalError, ServerUnreachableError, StaylineError, UsageError
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client


@contextmanager
def answering(status: int, code: int | None, words: str = "so it is") -> Iterator[ClickHouseSettings]:
    """A server that answers everything like that."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = (f"Code: {code}. DB::Exception: {words}" if code else words).encode()
            self.send_response(status)
            if code:
                self.send_header("X-ClickHouse-Exception-Code", str(code))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield ClickHouseSettings(url=f"http://127.0.0.1:{server.server_port}", password=SecretStr("very-secret"))
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (500, 75, ServerUnreachableError),
        (500, 243, ServerUnreachableError),
        (500, 252, ServerUnreachableError),
        (500, 241, ServerUnreachableError),
        (500, 202, ServerUnreachableError),
        (502, None, ServerUnreachableError),
        (503, None, ServerUnreachableError),
        (429, None, ServerUnreachableError),
        (403, 516, UsageError),
        (404, None, FatalError),
        (404, 81, FatalError),
        (400, 62, FatalError),
    ],
)
def test_an_answer_says_what_to_do_next(status: int, code: int | None, kind: type[StaylineError]) -> None:
    with answering(status, code) as settings, pytest.raises(kind) as caught, open_client(settings):
        pass
    assert "so it is" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "very-secret" not in str(caught.value)


def test_a_full_disk_is_named_under_whatever_code_it_is_told() -> None:
    told = "std::filesystem: cannot create directories: No space left on device"
    with (
        answering(500, 1001, told) as settings,
        pytest.raises(ServerUnreachableError, match=r"has no room left .*; free its disk"),
        open_client(settings),
    ):
        pass
