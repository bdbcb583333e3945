"""SIGINT and SIGTERM, which may come while a call into C must not be left by an exception."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Self


class Interrupts:
    """Makes either signal a KeyboardInterrupt: at once or, where that would do harm, a little later.

    What is raised in a callback of librdkafka is lost, or comes out of its call as a SystemError.
    """

    def __init__(self) -> None:
        """Listen to nothing yet: without ``listen`` no signal ever comes.

        Attributes:
            told: Set once a signal has come.
        """
        self.told = Event()
        self._held_back = False

    def listen(self) -> Self:
        """Take both signals over; only the main thread may."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hear)
        return self

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let a signal that comes in the block only set ``told``, and raise when the block ends.

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

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.told.set()
        if not self._held_back:
            raise KeyboardInterrupt
