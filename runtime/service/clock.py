"""The two clocks of a process, read at its edge and passed on; what lies inside gets the time as an argument."""

import time
from collections.abc import Callable
from dataclasses import dataclass


def wall_clock_ms() -> int:
    """Return the milliseconds since 1970 by this machine's clock."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """A wall clock and a steady one; tests give their own.

    Attributes:
        now_ms: Returns the wall time, ms since 1970, which may be set back.
        seconds: Returns seconds that only run forward.
    """

    now_ms: Callable[[], int] = wall_clock_ms
    seconds: Callable[[], float] = time.monotonic
