"""Health and metrics are served, or one line says why they cannot be."""

import socket
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from runtime.service.health_server import serve_health
from schemas.errors import UsageError
from schemas.settings.processes import METRICS_PORTS, ObserveSettings


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _serve(observe: ObserveSettings, *, ready: str | None = None) -> str:
    with (
        serve_health(CollectorRegistry(), observe, "sink", live=lambda: None, ready=lambda: ready) as port,
        urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=10) as answer,
    ):
        return str(answer.read().decode())


def test_a_ready_process_says_so() -> None:
    assert _serve(ObserveSettings(port=0)) == "ok\n"


def test_a_port_that_is_taken_is_a_wrong_setting(taken: int) -> None:
    with pytest.raises(UsageError, match=rf"STAYLINE_OBSERVE__PORT is {taken}.*Address already in use.*another port"):
        _serve(ObserveSettings(port=taken))


def test_a_port_by_default_that_is_taken_is_named_too(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METRICS_PORTS, "sink", taken)

    with pytest.raises(UsageError, match=f"STAYLINE_OBSERVE__PORT is {taken}"):
        _serve(ObserveSettings())


def test_an_address_that_is_not_of_this_machine_is_named() -> None:
    with pytest.raises(UsageError, match=r"192\.0\.2\.1:0 cannot be served.*STAYLINE_OBSERVE__HOST"):
        _serve(ObserveSettings(host="192.0.2.1", port=0))
