"""Ports are reserved for one run until it ends."""

import socket
import subprocess
import sys

import pytest

from deploy.local import ports
from deploy.local.ports import listens, reserve_port
from deploy.local.server import LocalServerError

HOLDER = """
import sys
from deploy.local.ports import reserve_port
print(reserve_port(int(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def test_a_reserved_port_has_no_listener() -> None:
    assert not listens(reserve_port())


def test_a_port_is_reserved_once() -> None:
    port = reserve_port()

    assert reserve_port(port) != port


def test_a_usual_port_is_taken_where_it_is_free() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        usual = server.getsockname()[1]

    assert reserve_port(usual) == usual


def test_a_usual_port_that_is_taken_is_replaced_by_one_of_the_range() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        assert reserve_port(server.getsockname()[1]) in ports.PORTS


@pytest.mark.servers
def test_another_run_has_a_port_to_itself_until_it_ends() -> None:
    port = reserve_port()
    command = [sys.executable, "-c", HOLDER]
    with subprocess.Popen([*command, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        assert theirs != port
        assert reserve_port(theirs) != theirs
        other.communicate()

    assert reserve_port(theirs) == theirs


def test_a_range_without_a_free_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = reserve_port()
    monkeypatch.setattr(ports, "PORTS", range(taken, taken + 1))
    monkeypatch.setattr(ports, "_TRIES", 1)

    with pytest.raises(LocalServerError, match="no free port between"):
        reserve_port()
