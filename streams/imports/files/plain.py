"""Files of events as they are published: compressed or not, lines or an array, in the order of time or not."""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

import numpy as np

from schemas.events.history import UnroutableError, read_line
from streams.imports.files.database import open_database
from streams.imports.files.sources import begin_of, compression_of, json_lines

_LINES_AT_ONCE: Final = 10_000


@contextmanager
def open_plain(files: Sequence[Path]) -> Iterator[BinaryIO]:
    """Open files of events one after the other as lines, unpacked; what has to be written for it is gone at the end.

    Args:
        files: NDJSON or JSON arrays, plain or compressed by gzip or Zstandard.

    Raises:
        UsageError: One cannot be read.
    """
    if len(files) == 1 and _is_plain(files[0]):
        with files[0].open("rb") as opened:
            yield opened
        return
    with TemporaryDirectory(prefix="stayline-unpacked-") as folder:
        whole = Path(folder) / "events.ndjson"
        with whole.open("wb") as to:
            for file in files:
                _append(file, to)
        with whole.open("rb") as opened:
            yield opened


class TimeOrder:
    """Places of a file's lines in the order of time.

    Attributes:
        disordered: Lines that lie before an earlier line by more than the grace.
    """

    def __init__(self, lines: BinaryIO, grace_days: float) -> None:
        """Read all lines once; of each 16 bytes are kept.

        Args:
            lines: The file, at its beginning.
            grace_days: Days by which an event may lie before one of an earlier line: it came late, as live ones may.
        """
        self._moments, self._offsets = array("q"), array("q")
        self._lines = lines
        self.disordered = 0
        grace = grace_days * 86_400_000
        offset, latest = 0, 0
        for line in lines:
            moment = _moment_of(line)
            latest = max(latest, moment or 0)
            self._moments.append(latest if moment is None else moment)
            self._offsets.append(offset)
            self.disordered += moment is not None and latest - moment > grace
            offset += len(line)
        lines.seek(0)
        self._order = np.empty(0, np.int64)

    def sorted(self) -> Iterator[bytes]:
        """Yield the lines in the order of time; those of the same moment as they lie."""
        self._order = np.argsort(np.frombuffer(self._moments, np.int64), kind="stable")
        for place in self._order:
            self._lines.seek(self._offsets[place])
            yield self._lines.readline()

    def number_of(self, position: int) -> int:
        """Return the number in the file of the line that came at a position of the order, both from one."""
        return int(self._order[position - 1]) + 1


def _moment_of(line: bytes) -> int | None:
    try:
        return read_line(line).occurred_ms
    except UnroutableError:
        return None


def _is_plain(file: Path) -> bool:
    return compression_of(file) == "none" and not begin_of(file).lstrip().startswith(b"[")


def _append(file: Path, to: BinaryIO) -> None:
    """Write a file's events, one a line."""
    with open_database([file]) as connection:
        found = connection.execute(f"SELECT line FROM {json_lines(connection, file)}")
        while rows := found.fetchmany(_LINES_AT_ONCE):
            to.writelines(str(row[0]).encode() + b"\n" for row in rows)
