"""Limits how fast the events' own time may pass while they are published."""

import time
from typing import Final

from schemas.moments import DAY_MS

_STEP_SECONDS: Final = 0.1


class RateLimit:
    """Holds the events' own time to a speed, in steps of a tenth of a second."""

    def __init__(self, days_per_second: float | None) -> None:
        """Start with the first event.

        Args:
            days_per_second: How fast it may pass at most; None for as fast as it goes.
        """
        self._step_ms = None if days_per_second is None else days_per_second * DAY_MS * _STEP_SECONDS
        self._next_ms: float | None = None
        self._next_at = time.monotonic()

    def must_wait(self, occurred_ms: int | None) -> bool:
        """Return True if an event of this time, in ms since 1970, lies beyond the present step."""
        if self._step_ms is None or occurred_ms is None:
            return False
        if self._next_ms is None:
            self._next_ms = occurred_ms + self._step_ms
        if occurred_ms < self._next_ms:
            return False
        steps = (occurred_ms - self._next_ms) // self._step_ms + 1
        self._next_ms += steps * self._step_ms
        self._next_at += steps * _STEP_SECONDS
        return True

    def wait(self) -> None:
        """Wait until the next step may begin."""
        if self._step_ms is not None:
            time.sleep(max(self._next_at - time.monotonic(), 0.0))
