"""Requests to targets, and what their answers mean: taken, refused for good, or to be tried again."""

import contextlib
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec

from schemas.errors import ServerUnreachableError, UsageError
from sinks.alerts.targets.deadline import RequestDeadline

_TRY_AGAIN_STATUSES: Final = frozenset({408, 425, 429})
_SERVER_ERROR: Final = 500
_LARGEST_BODY: Final = 4 * 1024 * 1024


class TargetAnswer(msgspec.Struct, frozen=True):
    """Answer of a target.

    Attributes:
        status: Status of HTTP.
        sender: Address that answered, without what may be secret.
        body: Its body, as it was sent; cut off where it was too long, came too slowly, or ended too early.
    """

    status: int
    sender: str
    body: bytes


def address_of(url: str) -> httpx.URL:
    """Return an address.

    Raises:
        UsageError: It is invalid.
    """
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UsageError(f"{_host(url)} cannot be an address: {error}") from None


def send(client: httpx.Client, method: str, url: httpx.URL, **content: Any) -> TargetAnswer:  # noqa: ANN401 - httpx's own
    """Send a request, and return the answer; its status counts, whatever becomes of its body.

    Args:
        client: Its time-out for reading is that of the whole attempt, too.
        method: Of HTTP.
        url: Where to.
        content: Headers and what is sent, as httpx takes it.

    Raises:
        ServerUnreachableError: There is none.
    """
    deadline = RequestDeadline(client.timeout.read)
    request = client.build_request(method, url, extensions={"trace": deadline.trace}, **content)
    request.headers["Accept-Encoding"] = "identity"
    request.headers["Connection"] = "close"  # the deadline knows connections from their beginning
    try:
        with deadline, contextlib.closing(client.send(request, stream=True)) as response:
            return TargetAnswer(response.status_code, _shown(url), _body(response))
    except httpx.TransportError as error:
        said = f"not within {client.timeout.read:g} seconds" if deadline.is_over else f"{type(error).__name__}: {error}"
        raise ServerUnreachableError(f"{_shown(url)} does not answer ({said})") from error


def _body(response: httpx.Response) -> bytes:
    """Return the body of an answer, as far as it comes before the deadline."""
    body = bytearray()
    with contextlib.suppress(httpx.TransportError):
        for part in response.iter_raw():
            body += part
            if len(body) > _LARGEST_BODY:
                break
    return bytes(body)


def refusal_of(name: str, answer: TargetAnswer) -> str | None:
    """Return why a target will never accept what it was sent; None if it has.

    Raises:
        ServerUnreachableError: It may accept it later.
    """
    status = answer.status
    if status >= _SERVER_ERROR or status in _TRY_AGAIN_STATUSES:
        raise ServerUnreachableError(f"{name} at {answer.sender} answers {status}")
    return None if httpx.codes.is_success(status) else f"{name} at {answer.sender} answers {status}"


def _host(url: str) -> str:
    """Return the host of an address, without user, password and path, which may hold secrets."""
    return url.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]


def _shown(url: httpx.URL) -> str:
    """Return an address without its path, which may hold a secret."""
    parts = urlsplit(str(url))
    return f"{parts.scheme}://{parts.hostname}:{parts.port}" if parts.port else f"{parts.scheme}://{parts.hostname}"
