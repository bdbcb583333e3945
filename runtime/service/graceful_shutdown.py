"""Run a loop until it is told to stop, and never wait longer than promised for its last steps."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

STOP_SECONDS: Final = 8.0
"""Supervisors wait ten seconds after SIGTERM."""

_LOG: Final = logging.getLogger(__name__)


def run_bounded(work: Callable[[], None], stop: Event, name: str, seconds: float = STOP_SECONDS) -> None:
    """Run work that ends soon after ``stop`` is set; leave it behind if it does not.

    Work that is left behind holds only what was not committed, so a successor repeats it.

    Args:
        work: The loop; it watches ``stop`` by itself.
        stop: Set when the process must end.
        name: Of the loop, for the log.
        seconds: How long its last steps may take.

    Raises:
        BaseException: Whatever the work raised.
    """
    raised: list[BaseException] = []
    ended = Event()

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
            raised.append(error)
        finally:
            ended.set()

    Thread(target=run, name=name, daemon=True).start()
    while not ended.wait(0.1):
        if stop.is_set() and not ended.wait(seconds):
            _LOG.warning("%s did not finish within %s s; what it had not committed will be repeated", name, seconds)
            return
    if raised:
        raise raised[0]
