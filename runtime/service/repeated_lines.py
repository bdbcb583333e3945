"""Says once what a library would repeat a hundred times a second, as aiokafka does while its brokers are away."""

import logging
import time
from collections.abc import Callable, Collection
from threading import Lock


class RepeatsHeldBack(logging.Filter):
    """Lets each place in some libraries' code speak once a while, and says how often it was held back meanwhile.

    It belongs on a handler: a logger's filters do not see what comes from the loggers below it.
    """

    def __init__(self, libraries: Collection[str], seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Hold nothing back yet.

        Args:
            libraries: Names of their topmost loggers; other loggers are always heard.
            seconds: How long a place is silent after it has spoken.
            clock: Seconds that only run forward.
        """
        super().__init__()
        self._libraries = frozenset(libraries)
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._spoken: dict[tuple[str, int], float] = {}
        self._held: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True if a record is written; it then counts those before it that were not."""
        if record.name.partition(".")[0] not in self._libraries:
            return True
        place, now = (record.pathname, record.lineno), self._clock()
        with self._lock:
            last = self._spoken.get(place)
            if last is not None and now - last < self._seconds:
                self._held[place] = self._held.get(place, 0) + 1
                return False
            self._spoken[place] = now
            held = self._held.pop(place, 0)
        if held and last is not None:
            record.msg = f"{record.getMessage()} (and {held} more like it in the {now - last:.0f} s before)"
            record.args = None
        return True
