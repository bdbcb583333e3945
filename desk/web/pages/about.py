"""Tells the signed-in person what the desk knows of them, what it records, and which keys it takes."""

from starlette.requests import Request
from starlette.responses import Response

from desk.web.parts import parts_of


async def show_about(request: Request) -> Response:
    """Show the page."""
    return parts_of(request).pages.draw(request, "about.html.j2")
