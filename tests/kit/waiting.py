"""How long tests wait for what servers do by themselves: a slow machine with much else to do fails none of them."""

import json
import time
from collections.abc import Callable
from typing import Final

PATIENCE_SECONDS: Final = 180.0
"""Only what hangs costs so much."""

PROMPTLY_SECONDS: Final = 30.0
"""Until a process that is told to end has: three times what is promised, for tests run beside each other."""

UNHURRIED: Final = {"session_timeout_seconds": 20.0, "transaction_timeout_seconds": 60.0}
"""Settings of who keeps its partitions and transactions where nobody gets a processor for a while."""

SLOW_MACHINE: Final = {f"STAYLINE_KAFKA__{name.upper()}": str(seconds) for name, seconds in UNHURRIED.items()}
"""The same for a process, in its environment."""

LEISURELY: Final = {
    "STAYLINE_INTAKE__HEARTBEAT_MILLISECONDS": "1000",
    "STAYLINE_KAFKA__OPTIONS": json.dumps({"fetch.wait.max.ms": "200"}),
}
"""Of an intake whose latency is not what a test is about: each of its clocks is a transaction over every customer
partition, and with its fetches they are more than a quarter of what idle processes ask of a broker."""

_LOOK_SECONDS: Final = 0.1


def becomes_true(claim: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> bool:
    """Ask until something holds, and say whether it has within the time."""
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def wait_until(claim: Callable[[], object], what: str = "what was waited for") -> None:
    """Return once something holds, or fail naming it."""
    assert becomes_true(claim), f"not within {PATIENCE_SECONDS:.0f} s: {what}"
