"""Pages of what went wrong: what, and what to do."""

import logging
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from desk.web.parts import parts_of
from schemas.errors import RejectedError, ServerUnreachableError, StaylineError

_LOG: Final = logging.getLogger(__name__)

_WORDS: Final = {
    404: ("There is no such page", "The address may be mistyped, or what it showed is gone."),
    405: ("That cannot be done here", "Go back, and use the buttons of the page."),
    408: ("That took too long", "Send it again, over a better connection. Nothing was done."),
    413: ("That is too much", "One form takes a megabyte at most. Nothing was done."),
    400: ("That cannot be read", "Go back, and send the form again."),
}


async def show_http_error(request: Request, error: Exception) -> Response:
    """Answer where Starlette or a page raised an HTTP status."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    title, advice = _WORDS.get(status, ("That did not work", "Go back, and try again."))
    answer = _page(request, status, title, advice)
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer


async def show_away(request: Request, error: Exception) -> Response:
    """Answer while Kafka or ClickHouse is away, or refuses: one that ends answers much before it is gone."""
    if not isinstance(error, ServerUnreachableError):
        _LOG.error("%s: %s", request.url.path, error)
    return _page(
        request,
        503,
        "A server is away",
        "Nothing is lost, and this page tries again by itself.",
        said=str(error),
        again=True,
    )


async def show_rejected(request: Request, error: Exception) -> Response:
    """Answer where an input cannot be used."""
    return _page(request, 400, "That cannot be used", str(error))


async def show_failure(request: Request, error: Exception) -> Response:
    """Answer where the desk itself fails; Starlette raises the cause again, and the server logs it."""
    del error
    return _page(request, 500, "The desk failed", "Go back, and try again. The cause is in the log of the desk.")


HANDLERS: Final = {
    HTTPException: show_http_error,
    RejectedError: show_rejected,
    StaylineError: show_away,
    Exception: show_failure,
}
"""Responses to errors, by their kind."""


def _page(request: Request, status: int, title: str, advice: str, *, said: str = "", again: bool = False) -> Response:
    if not hasattr(request.state, "person"):
        request.state.person = None
    template = "trouble_alone.html.j2" if request.headers.get("hx-request") else "trouble.html.j2"
    return parts_of(request).pages.draw(
        request, template, status=status, title=title, advice=advice, said=said, again=again
    )
