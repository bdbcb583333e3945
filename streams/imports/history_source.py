"""A history as a command line names it: files, and how they are read."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.mapping.mapping import Mapping

if TYPE_CHECKING:
    from streams.imports.history import OpenHistory


@dataclass(frozen=True, slots=True)
class HistorySource:
    """A history that is not open yet.

    Attributes:
        files: Names of files; ``-`` is standard input.
        mapping: What their columns mean; None for files of events.
    """

    files: Sequence[str]
    mapping: Mapping | None = None

    @property
    def name(self) -> str:
        """The files, for people."""
        return ", ".join(self.files)

    def open(self, grace_days: float) -> "AbstractContextManager[OpenHistory]":
        """Open it; see :func:`streams.imports.history.open_history`."""
        from streams.imports.history import open_history  # noqa: PLC0415 - the engine takes time to import

        return open_history(self.files, self.mapping, grace_days)
