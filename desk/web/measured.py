"""Times the pages, and counts those that could not be drawn."""

import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.metrics import DeskMetrics

PAGES: Final = {
    "/": "today",
    "/row": "row",
    "/decide": "step",
    "/judge": "judgement",
    "/customer": "customer",
    "/find": "find",
    "/effects": "effects",
    "/rules": "rules",
    "/segments": "segments",
    "/segments.csv": "export",
}
"""Names of pages that are timed, by path."""

_FAILED: Final = 500


class MeasuredPages:
    """ASGI middleware that times pages until their last byte is handed to the connection."""

    def __init__(self, app: ASGIApp, metrics: DeskMetrics) -> None:
        """Wrap an application.

        Args:
            app: What answers.
            metrics: Told of it.
        """
        self._app, self._metrics = app, metrics
        for page in PAGES.values():  # Prometheus does not see the first rise of a counter that was absent
            metrics.page.labels(page)
            metrics.failed.labels(page)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        page = PAGES.get(scope.get("path", ""))
        if page is None:
            await self._app(scope, receive, send)
            return

        async def send_noting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= _FAILED:
                self._metrics.failed.labels(page).inc()
            await send(message)

        began = time.perf_counter()
        await self._app(scope, receive, send_noting)
        self._metrics.page.labels(page).observe(time.perf_counter() - began)
