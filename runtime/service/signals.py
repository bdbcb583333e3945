"""SIGINT and SIGTERM: for a process that serves, for a command, and for an event loop."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Self

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(Exception):  # noqa: N818 - no error: the process was told to end
    """The process was told to end while it waited."""


def on_stop_signals(call: Callable[[], None]) -> None:
    """Call something at either signal; only the main thread may ask for that.

    Args:
        call: Must be safe in a signal's handler, as setting an event is.
    """

    def handle(_number: int, _frame: FrameType | None) -> None:
        call()

    for number in STOP_SIGNALS:
        signal.signal(number, handle)


def stop_on_signals() -> Event:
    """Return an event that either signal sets."""
    stop = Event()
    on_stop_signals(stop.set)
    return stop


class Interrupts:
    """Turns either signal into a KeyboardInterrupt: at once or, where that would do harm, a little later.

    What is raised in a callback of librdkafka is lost, or comes out of its call as a SystemError.
    """

    def __init__(self) -> None:
        """Start without listening: without ``listen`` no signal ever comes.

        Attributes:
            told: Set once a signal has come.
        """
        self.told = Event()
        self._held_back = False

    def listen(self) -> Self:
        """Take both signals over; only the main thread may."""
        on_stop_signals(self._hear)
        return self

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let a signal that comes in the block do no more than set ``told``, and raise when the block ends.

        Raises:
            KeyboardInterrupt: A signal has come; whatever the block raised follows from that.
        """
        self._held_back = True
        try:
            yield
        finally:
            self._held_back = False
            if self.told.is_set():
                raise KeyboardInterrupt

    def _hear(self) -> None:
        self.told.set()
        if not self._held_back:
            raise KeyboardInterrupt
