"""Finds out who asks, and lets only those in who may."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from desk.people.sessions import COOKIE
from desk.people.users import Role, User
from desk.web.parts import DeskParts, parts_of

Endpoint = Callable[[Request], Awaitable[Response]]

_AFTER_POST: Final = 303


class WhoMiddleware:
    """ASGI middleware that puts the person who asks into ``request.state.person``; None for nobody known."""

    def __init__(self, app: ASGIApp, parts: DeskParts) -> None:
        """Wrap an application.

        Args:
            app: What answers.
            parts: Know users, sessions and the proxy.
        """
        self._app, self._parts = app, parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            scope.setdefault("state", {})["person"] = self._person(Request(scope))
        await self._app(scope, receive, send)

    def _person(self, request: Request) -> User | None:
        parts = self._parts
        peer = request.client.host if request.client else ""
        if parts.proxy is not None and (name := parts.proxy.name_in(request.headers, peer)):
            return parts.users.find(name)
        token = request.cookies.get(COOKIE)
        return parts.sessions.user_of(token, parts.now()) if token else None


def for_role(role: Role, endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that only people with a role's rights reach; others are asked to sign in, or refused.

    Args:
        role: Least role.
        endpoint: Answers them.
    """

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        person: User | None = request.state.person
        if person is None:
            return _to_sign_in(request)
        if not person.may(role):
            return parts_of(request).pages.draw(request, "refused.html.j2", status=403, wanted=role)
        return await endpoint(request)

    return guarded


def _to_sign_in(request: Request) -> Response:
    """Send a browser to the sign-in page and from there back; a script is told to do so."""
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = here if request.method == "GET" else "/"
    return RedirectResponse(f"/sign-in?next={quote(back)}", _AFTER_POST)
