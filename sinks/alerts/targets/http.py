"""Requests to targets, and what their answers mean: taken, refused for good, or to be tried again."""

from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from schemas.errors import ServerUnreachableError, UsageError

_TRY_AGAIN_STATUSES: Final = frozenset({408, 425, 429})
_SERVER_ERROR: Final = 500


def address_of(url: str) -> httpx.URL:
    """Return an address.

    Raises:
        UsageError: It is invalid.
    """
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UsageError(f"{_host(url)} cannot be an address: {error}") from None


def send(client: httpx.Client, method: str, url: httpx.URL, **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
    """Send a request, and return the answer.

    Raises:
        ServerUnreachableError: There is none.
    """
    try:
        return client.request(method, url, **request)
    except httpx.TransportError as error:
        raise ServerUnreachableError(f"{_shown(url)} does not answer ({type(error).__name__}: {error})") from error


def refusal_of(name: str, answer: httpx.Response) -> str | None:
    """Return why a target will never accept what it was sent; None if it has.

    Raises:
        ServerUnreachableError: It may accept it later.
    """
    status = answer.status_code
    if status >= _SERVER_ERROR or status in _TRY_AGAIN_STATUSES:
        raise ServerUnreachableError(f"{name} at {_shown(answer.url)} answers {status}")
    return None if answer.is_success else f"{name} at {_shown(answer.url)} answers {status}"


def _host(url: str) -> str:
    """Return the host of an address, without user, password and path, which may hold secrets."""
    return url.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]


def _shown(url: httpx.URL) -> str:
    """Return an address without its path, which may hold a secret."""
    parts = urlsplit(str(url))
    return f"{parts.scheme}://{parts.hostname}:{parts.port}" if parts.port else f"{parts.scheme}://{parts.hostname}"
