"""Headers of every answer, a limit of what is sent, and the refusal of writes that another site's page asks for.

A browser says with ``Sec-Fetch-Site`` (W3C Fetch Metadata) who asks; where it does not, ``Origin`` must be ours.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.web.security.body import LimitedBody

_SAFE: Final = frozenset({"GET", "HEAD"})
_OURS: Final = frozenset({"same-origin", "none"})
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_PRIVATE: Final = "no-store"


class SecurityMiddleware:
    """ASGI middleware of all pages."""

    def __init__(self, app: ASGIApp, public_address: str | None) -> None:
        """Wrap an application.

        Args:
            app: What answers.
            public_address: Address in the browser, where a proxy changes it; None to take Host.
        """
        self._app = app
        self._public_address = public_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", _PRIVATE)
            await send(message)

        if scope["method"] in _SAFE or self._is_ours(scope):
            await self._app(scope, LimitedBody(receive), send_with_headers)
        else:
            refusal = PlainTextResponse("Another site's page asked for this, so nothing was done.\n", 403)
            await refusal(scope, receive, send_with_headers)

    def _is_ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in _OURS
        own = self._public_address or f"{scope['scheme']}://{headers.get('host', '')}"
        return _origin(headers.get("origin", "")) == _origin(own)


def _origin(address: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
