"""One rule for all processes: one that makes no progress for a minute, although there is work, should be restarted.

Pure: the time is an argument, in seconds of any clock that only runs forward.
"""

from typing import Final

STUCK_SECONDS: Final = 60.0
"""A process that should make progress and has made none for so long is stuck."""


class Liveness:
    """Tells a process that makes progress, or has nothing to do, from one that is stuck."""

    def __init__(self, now: float, stuck_seconds: float = STUCK_SECONDS) -> None:
        """Start as a process that has just made progress.

        Args:
            now: The time.
            stuck_seconds: Standing still for longer is being stuck.
        """
        self._stuck_seconds = stuck_seconds
        self._moved_at = now
        self._seen: object = None

    def progress(self, now: float) -> None:
        """Note that something was done, or that there is nothing to do."""
        self._moved_at = now

    def observe(self, done: object, now: float, *, idle: bool) -> None:
        """Note progress where a figure has changed since it was observed last, or where there is nothing to do.

        Args:
            done: Any figure that changes with progress, such as a count of commits.
            now: The time.
            idle: Whether nothing waits to be done.
        """
        if idle or done != self._seen:
            self._seen = done
            self._moved_at = now

    def stuck_for(self, now: float) -> float | None:
        """Return how many seconds the process has stood still, or None while it is alive."""
        seconds = now - self._moved_at
        return seconds if seconds >= self._stuck_seconds else None
