"""Draws pages from templates, for the person who asks and in their way of writing numbers and times."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from importlib.resources import files
from typing import Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from desk.web.drawing.reader import ZONE_COOKIE, Reader, Readers
from runtime.pages.text import spoken

SHARED_STYLE: Final = "style.css"
"""Style sheet that the desk shares with the reports; it lies beside their templates."""

OWN_STATIC: Final = ("desk.css", "desk.js", "htmx.min.js", "icon.svg")


class Pages:
    """Templates of all pages."""

    def __init__(self, currency: str, now: Callable[[], datetime]) -> None:
        """Load the templates' environment.

        Args:
            currency: Reporting currency.
            now: Returns the present time, UTC.
        """
        self._readers, self._now = Readers(currency), now
        loader = ChoiceLoader([PackageLoader("desk", "templates"), PackageLoader("runtime", "pages")])
        self._environment = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.filters.update(spoken=spoken)
        self._environment.globals.update(version={name: version_of(read_static(name)) for name in static_names()})

    def reader(self, request: Request) -> Reader:
        """Return how whoever asks wants numbers, money and times."""
        languages, zone = request.headers.get("accept-language", ""), request.cookies.get(ZONE_COOKIE, "")
        return self._readers.of(languages, zone, self._now())

    def draw(self, request: Request, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """Return a page.

        Args:
            request: Whose answer it is.
            template: Name of the template.
            status: HTTP status.
            context: Whatever the template shows.
        """
        reader = self.reader(request)
        text = self._environment.get_template(template).render(
            request=request,
            person=request.state.person,
            here=request.url.path,
            reader=reader,
            **context,
        )
        return HTMLResponse(text, status)


def static_names() -> tuple[str, ...]:
    """Return the names of all static files."""
    return (SHARED_STYLE, *OWN_STATIC)


def read_static(name: str) -> bytes:
    """Return the bytes of a static file."""
    if name == SHARED_STYLE:
        return files("runtime").joinpath("pages", name).read_bytes()
    return files("desk").joinpath("static", name).read_bytes()


def version_of(content: bytes) -> str:
    """Return what changes with the content, so that browsers may keep a file for ever."""
    return hashlib.sha256(content).hexdigest()[:12]
