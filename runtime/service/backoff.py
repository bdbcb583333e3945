"""Growing pauses between tries of a server that is away, for those that go on polling meanwhile."""

from collections.abc import Callable
from random import SystemRandom
from typing import Final

_FIRST_SECONDS: Final = 0.2


class Backoff:
    """Pauses before each next try: doubling, capped, and jittered so that many do not knock at once."""

    def __init__(self, longest_seconds: float, draw: Callable[[], float] | None = None) -> None:
        """Start with the shortest pause.

        Args:
            longest_seconds: No pause is longer.
            draw: A number of at least 0 and below 1; each pause is shortened by up to its half.
                Random when not given.
        """
        self._longest = longest_seconds
        self._draw = draw or SystemRandom().random
        self._next = min(_FIRST_SECONDS, longest_seconds)

    def take(self) -> float:
        """Return the next pause in seconds."""
        pause = self._next
        self._next = min(pause * 2, self._longest)
        return pause * (1 - self._draw() / 2)

    def reset(self) -> None:
        """Start again with the shortest pause, after a success."""
        self._next = min(_FIRST_SECONDS, self._longest)
