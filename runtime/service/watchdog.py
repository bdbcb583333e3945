"""Ends a process that is stuck in a call which no longer listens to anybody.

librdkafka's ``send_offsets_to_transaction`` can block past its own time limit when the group's coordinator went away
(its issues 5456 and 5511, open in 2026). Nothing inside the process can interrupt it; but since nothing of an open
transaction is visible to anyone, ending the process loses nothing, and its successor reads again from the last commit.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_SECONDS = 0.5
_log = logging.getLogger(__name__)


def end_process(doing: str, seconds: float) -> None:
    """Log the stuck call, and end the process at once with exit code 1."""
    _log.critical("%s has hung for %.0f s and cannot be interrupted; a restart reads again", doing, seconds)
    logging.shutdown()
    os._exit(1)


class Watchdog:
    """Watches one call at a time, from a thread of its own."""

    def __init__(self, end: Callable[[str, float], None] = end_process) -> None:
        """Start to watch.

        Args:
            end: Told what is stuck and for how many seconds; ends the process.
        """
        self._end = end
        self._watched: tuple[str, float, float] | None = None
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    @contextmanager
    def limit(self, doing: str, seconds: float) -> Iterator[None]:
        """End the process if the block takes longer.

        Args:
            doing: What the block does.
            seconds: How long it may take.
        """
        now = time.monotonic()
        self._watched = (doing, now, now + seconds)
        try:
            yield
        finally:
            self._watched = None

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            watched = self._watched
            if watched is not None and time.monotonic() > watched[2]:
                self._end(watched[0], time.monotonic() - watched[1])
