"""The one place where a worker learns that it cannot go on."""

import asyncio
import logging

from schemas.errors import StaylineError

logger = logging.getLogger(__name__)


class Failure:
    """The first reason to end the process; what follows from it is not asked."""

    def __init__(self) -> None:
        self.reason: StaylineError | None = None
        self.thread_lost = False
        """Whether a thread is in a call that may never return, so that the process must not wait for it."""
        self._raised = asyncio.Event()

    def set(self, reason: StaylineError) -> None:
        """Ask the process to end; only the first reason counts. Called in the event loop."""
        if self.reason is None:
            self.reason = reason
            self._raised.set()

    @property
    def raised(self) -> bool:
        """Whether the process is about to end; nothing may be folded or committed any more."""
        return self.reason is not None

    async def wait(self) -> None:
        """Return when there is a reason."""
        await self._raised.wait()
