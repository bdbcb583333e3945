"""Waiting for what servers do by themselves, so patiently that no test fails on a slow and busy machine."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

PATIENCE_SECONDS: Final = 180.0
"""Of a machine that is not busy with something else, without anything moving: only what hangs costs so much."""

_AT_MOST_SECONDS: Final = 720.0
"""However busy the machine is; a little less than what ends a test that hangs."""

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


class Patience:
    """A clock that runs only while nothing moves and the machine has time for all who want to work.

    Whoever waits for processes beside others that take the processor waits for as long as these hold them up.
    """

    def __init__(self, seconds: float = PATIENCE_SECONDS, moved: Callable[[], object] | None = None) -> None:
        """Begin to wait.

        Args:
            seconds: How long nothing may move on a machine that is idle.
            moved: Tells how far things are; whenever that changes, the time begins again.
        """
        self._seconds = seconds
        self._moved = moved
        self._seen = moved() if moved is not None else None
        self._began = time.monotonic()
        self._deadline = self._began + max(seconds, _AT_MOST_SECONDS)
        self._stalled = stalled_seconds()

    def is_over(self) -> bool:
        """Return True if there is no point in waiting any longer."""
        now, stalled = time.monotonic(), stalled_seconds()
        if self._moved is not None and (seen := self._moved()) != self._seen:
            self._seen, self._began, self._stalled = seen, now, stalled
        return now > self._deadline or now - self._began - (stalled - self._stalled) > self._seconds


def stalled_seconds() -> float:
    """Return for how long some process has waited for a processor since the machine was started; 0 where not told."""
    try:
        some = Path("/proc/pressure/cpu").read_text("ascii").splitlines()[0]
    except OSError:
        return 0.0
    return int(some.rpartition("total=")[2]) / 1e6


def becomes_true(
    claim: Callable[[], object], seconds: float = PATIENCE_SECONDS, moved: Callable[[], object] | None = None
) -> bool:
    """Ask until something holds, and return whether it has before patience was over; see ``Patience``."""
    patience = Patience(seconds, moved)
    while not claim():
        if patience.is_over():
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def wait_until(
    claim: Callable[[], object], what: str = "what was waited for", moved: Callable[[], object] | None = None
) -> None:
    """Return once something holds, or fail naming it."""
    assert becomes_true(claim, moved=moved), f"nothing has moved for {PATIENCE_SECONDS:.0f} s: {what}"


class Process(Protocol):
    """A process, however it was started, as far as waiting asks of it."""

    @property
    def pid(self) -> int:
        """Process id."""

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""


def exit_code(process: Process | subprocess.Popen[Any]) -> int:
    """Wait until a process has ended, and return its exit code."""
    wait_until(lambda: process.poll() is not None, f"process {process.pid} ends")
    code = process.poll()
    assert code is not None
    return code
