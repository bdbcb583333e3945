"""Serves the style sheets and scripts from memory; their addresses change with their content."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from desk.web.drawing.render import read_static, static_names

_TYPES: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"


class StaticFiles:
    """Endpoint of the static files."""

    def __init__(self) -> None:
        """Read them all."""
        self._content = {name: read_static(name) for name in static_names()}

    async def serve(self, request: Request) -> Response:
        """Answer with one file."""
        name = request.path_params["name"]
        content = self._content.get(name)
        if content is None:
            raise HTTPException(404)
        media_type = _TYPES[name.rpartition(".")[2]]
        return Response(content, media_type=media_type, headers={"Cache-Control": _FOR_EVER})
