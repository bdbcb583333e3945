"""The body of a request, limited in length and in the time that it takes."""

import asyncio
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

LONGEST_BODY: Final = 1024 * 1024
"""Bytes of a request beyond which it is refused."""

BODY_SECONDS: Final = 20.0
"""A body that has not arrived by then is refused: its sender is too slow, or drips to keep a connection."""

_READ_TO_THE_END: Final = 16 * LONGEST_BODY
"""Bytes that are read and dropped, so that the browser shows the refusal instead of a broken connection."""

_CLOSED: Final = {"Connection": "close"}


class LimitedBody:
    """Receives a request's body, and raises an HTTP error after one that is too long (413) or too slow (408)."""

    def __init__(self, receive: Receive, seconds: float = BODY_SECONDS) -> None:
        """Start to wait.

        Args:
            receive: Receives it without limits.
            seconds: How long all of it may take.
        """
        self._receive = receive
        self._taken, self._is_whole = 0, False
        self._until = asyncio.get_running_loop().time() + seconds

    async def __call__(self) -> Message:
        """Return the next message.

        Raises:
            HTTPException: The body is too long or too slow; the connection is closed after the answer.
        """
        if self._is_whole:  # what comes now is the end of the connection, which may be hours away
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                return await self._next()
        except TimeoutError:
            raise HTTPException(408, headers=_CLOSED) from None

    async def _next(self) -> Message:
        message = await self._piece()
        if self._taken <= LONGEST_BODY:
            return message
        while not self._is_whole and self._taken <= _READ_TO_THE_END:
            await self._piece()
        raise HTTPException(413, headers=_CLOSED)

    async def _piece(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        return message
