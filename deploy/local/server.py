"""The one way in which every local server is started and stopped, and fails."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self

Progress = Callable[[str], None]
"""Told in a few words what is being done, for a person who waits."""


class LocalServerError(Exception):
    """A local server cannot be had, or ended; the message is one line for a person, with the end of its log."""


def quiet(_doing: str) -> None:
    """Ignore the progress."""


class Server(ABC):
    """A server that a `with` block starts and stops; a start that failed is cleared up, too."""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    def start(self) -> None:
        """Start, and return when it serves."""

    @abstractmethod
    def stop(self) -> None:
        """Stop, whether it has started or not."""
