"""Limit of failed tries at sign-in, by address and by name. Pure: time is an argument."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from math import ceil
from typing import Final

_TRIES: Final = 5
_WITHIN: Final = timedelta(minutes=5)
_MOST_KEYS: Final = 10_000


class SignInLimit:
    """Counts failed tries of each address and of each name in a sliding window; the oldest keys go first."""

    def __init__(self, tries: int = _TRIES, within: timedelta = _WITHIN) -> None:
        """Start without any try.

        Args:
            tries: Failed tries of a key that are allowed
            within: so long a time.
        """
        self._tries, self._within = tries, within
        self._failed: OrderedDict[str, deque[datetime]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failed)

    def wait_seconds(self, keys: tuple[str, ...], now: datetime) -> int:
        """Return after how many seconds the next try is allowed; 0 where it is allowed now.

        Args:
            keys: Address and name of the try.
            now: Present time.
        """
        return max((self._wait(key, now) for key in keys), default=0)

    def fail(self, keys: tuple[str, ...], now: datetime) -> None:
        """Count a failed try."""
        for key in keys:
            self._failed.setdefault(key, deque(maxlen=self._tries)).append(now)
            self._failed.move_to_end(key)
        while len(self._failed) > _MOST_KEYS:
            self._failed.popitem(last=False)

    def succeed(self, keys: tuple[str, ...]) -> None:
        """Forget the failed tries of someone who has signed in."""
        for key in keys:
            self._failed.pop(key, None)

    def _wait(self, key: str, now: datetime) -> int:
        failed = self._failed.get(key)
        if failed is None or len(failed) < self._tries:
            return 0
        return max(0, ceil((failed[0] + self._within - now).total_seconds()))
