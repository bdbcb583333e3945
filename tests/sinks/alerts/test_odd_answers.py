"""Targets that answer oddly: too much, too slowly, broken off, garbled, or something else than was asked for."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Final

import httpx
import pytest

from schemas.errors import ServerUnreachableError
from sinks.alerts.targets.alertmanager import AlertmanagerTarget
from sinks.alerts.targets.webhook import WebhookTarget
from tests.sinks.records import alert, alert_of_decision

_CLEARED: Final = alert_of_decision("d1", state="cleared", ended_by="purchase")
_MEGABYTE: Final = b"x" * 1_000_000
_LONGEST: Final = 64


@contextmanager
def _answering(parts: Iterator[bytes]) -> Iterator[str]:
    """Give the address of a server that answers one request with some bytes, until the client has enough of them."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(65_536)
                for part in parts:
                    connection.sendall(part)

        thread = Thread(target=answer)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/secret"
        finally:
            thread.join()


def _page(body: bytes, *headers: bytes) -> Iterator[bytes]:
    length = b"Content-Length: %d" % len(body)
    return iter([b"\r\n".join([b"HTTP/1.1 200 OK", length, *headers, b"", body])])


def _deliver(parts: Iterator[bytes]) -> str | None:
    with _answering(parts) as url, httpx.Client(timeout=5.0) as client:
        return WebhookTarget(url, client, lambda: 0).deliver(alert())


def test_an_answer_that_cannot_be_unpacked_has_taken_the_alert() -> None:
    assert _deliver(_page(b"hello", b"Content-Encoding: gzip")) is None


def test_an_answer_that_breaks_off_has_taken_the_alert() -> None:
    assert _deliver(iter([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"])) is None


def test_of_an_answer_without_an_end_only_the_beginning_is_read() -> None:
    sent: list[int] = []

    def endless() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"
        while len(sent) < _LONGEST:
            sent.append(len(_MEGABYTE))
            yield _MEGABYTE

    assert _deliver(endless()) is None
    assert len(sent) < _LONGEST


def test_an_answer_that_drips_is_left_after_the_time_out() -> None:
    left, most = Event(), 200

    def drips() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
        for _ in range(most):
            left.wait(0.05)
            yield b"x"
        left.set()

    with _answering(drips()) as url, httpx.Client(timeout=0.3) as client:
        assert WebhookTarget(url, client, lambda: 0).deliver(alert()) is None
    assert not left.is_set()


@pytest.mark.parametrize("line", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_headers_that_drip_are_left_after_the_time_out(line: bytes) -> None:
    left, most = Event(), 200

    def drips() -> Iterator[bytes]:
        yield line
        for _ in range(most):
            left.wait(0.05)
            yield b"H"
        left.set()

    late = pytest.raises(ServerUnreachableError, match=r"does not answer \(not within 0\.3 seconds\)")
    with _answering(drips()) as url, httpx.Client(timeout=0.3) as client, late:
        WebhookTarget(url, client, lambda: 0).deliver(alert())
    assert not left.is_set()


def test_a_second_request_has_a_deadline_of_its_own() -> None:
    with httpx.Client(timeout=5.0) as client:
        for _ in range(2):
            with _answering(_page(b"")) as url:
                assert WebhookTarget(url, client, lambda: 0).deliver(alert()) is None


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b'{"data": []}', b'[{"labels": 1}]', b"[{", b"\xff"])
def test_an_alertmanager_that_answers_something_else_is_asked_again_later(body: bytes) -> None:
    with _answering(_page(body)) as url, httpx.Client() as client:
        target = AlertmanagerTarget(url, client)
        with pytest.raises(ServerUnreachableError, match="no list of alerts") as failed:
            target.deliver(_CLEARED)
    assert "secret" not in str(failed.value)
