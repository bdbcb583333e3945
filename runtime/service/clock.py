"""The wall clock, for those at the edge; what is inside gets the time as an argument."""

import time


def wall_clock_ms() -> int:
    """Return the milliseconds since 1970 by this machine's clock."""
    return time.time_ns() // 1_000_000
