"""Ports of 127.0.0.1 for local servers and processes: reserved before anything listens on them."""

import random
import socket
import urllib.request
from http import HTTPStatus
from typing import Final

from deploy.local.server import LocalServerError

PORTS: Final = range(20_000, 32_000)
"""Below the range from which Linux takes the ports of outgoing connections, which would race with a server's bind."""

_TRIES: Final = 200

_reserved: Final[list[socket.socket]] = []
"""Held until this process ends, however it ends."""


def reserve_port(usual: int | None = None) -> int:
    """Reserve a port on 127.0.0.1 that nothing listens on, for as long as this process lives.

    No other run of Stayline on this machine is given the port before a server binds it: a reservation is a socket bound
    to the UDP port of the same number, which only one process can have, and which the kernel closes with the process.

    Args:
        usual: Taken where it is free; one of `PORTS` otherwise.

    Raises:
        LocalServerError: No port of the range is free.
    """
    for port in [*([] if usual is None else [usual]), *random.sample(PORTS, _TRIES)]:
        reservation = _reservation(port)
        if reservation is not None:
            _reserved.append(reservation)
            return port
    raise LocalServerError(f"no free port between {PORTS.start} and {PORTS.stop} on 127.0.0.1")


def _reservation(port: int) -> socket.socket | None:
    """Return the socket that holds a port, or None where it is reserved or in use."""
    reservation = socket.socket(type=socket.SOCK_DGRAM)
    try:
        reservation.bind(("127.0.0.1", port))
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.bind(("127.0.0.1", port))
    except OSError:
        reservation.close()
        return None
    return reservation


def listens(port: int) -> bool:
    """Return True if something accepts connections on a port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def answers(url: str, seconds: float = 20.0) -> bool:
    """Return True if a server of ours answers with 200.

    Args:
        url: Asked by GET.
        seconds: Waited for at most; a busy machine answers late.
    """
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:  # noqa: S310 - an address of ours
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False
