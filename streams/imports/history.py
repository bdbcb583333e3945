"""History that a command reads: events as they are published, or any files by a mapping."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from schemas.mapping.mapping import Mapping
from streams.command.common import STANDARD_INPUT
from streams.imports.analysis.findings import counted
from streams.imports.files.plain import TimeOrder, open_plain
from streams.imports.imported import Imported, importing

_LEAST_SHARE: Final = 0.001


@dataclass(frozen=True, slots=True)
class OpenHistory:
    """A history, open for reading.

    Attributes:
        lines: Gives the events as JSON, one a line, in the order of time.
        size: Bytes of them, where that is known.
        notes: What is to be told of the files before anything else, a line each.
        place: Says where the event of a position stands, the first being 1.
        refused: Number of rows that were refused before they became events.
        imported: The import, if there is one.
        again: True if the lines can be had more than once.
    """

    lines: Callable[[], Iterable[bytes]]
    size: int | None
    notes: Sequence[str] = ()
    place: Callable[[int], str] = "line {:,}".format
    refused: int = 0
    imported: Imported | None = None
    again: bool = True


@contextmanager
def open_history(files: Sequence[str], mapping: Mapping | None, grace_days: float) -> Iterator[OpenHistory]:
    """Open a history.

    Events of one's own that lie before earlier ones by more than the grace are sorted; standard input is read as it
    comes.

    Args:
        files: Names of files; ``-`` is standard input.
        mapping: What their columns mean; None for files of events.
        grace_days: Days by which an event may be late.

    Raises:
        UsageError: A file or the mapping cannot be used.
    """
    if mapping is None and list(files) == [STANDARD_INPUT]:
        yield OpenHistory(lambda: sys.stdin.buffer, None, again=False)
        return
    with TemporaryDirectory(prefix="stayline-stdin-") as folder:
        paths = [_kept(Path(folder)) if file == STANDARD_INPUT else Path(file) for file in files]
        opening = _plain(paths, grace_days) if mapping is None else _mapped(paths, mapping)
        with opening as history:
            yield history


@contextmanager
def _plain(files: Sequence[Path], grace_days: float) -> Iterator[OpenHistory]:
    with open_plain(files) as lines:
        order = TimeOrder(lines, grace_days)
        size = lines.seek(0, 2)
        if not order.disordered:
            yield OpenHistory(lambda: _from_the_beginning(lines), size)
            return
        note = (
            f"- {order.disordered:,} events were out of order by more than {grace_days:g} days: all are sorted by time."
        )
        yield OpenHistory(order.sorted, size, [note], lambda position: f"line {order.number_of(position):,}")


@contextmanager
def _mapped(files: Sequence[Path], mapping: Mapping) -> Iterator[OpenHistory]:
    with importing(files, mapping, datetime.now(UTC)) as imported:
        refused = sum(one.rows for one in imported.refused())
        yield OpenHistory(
            imported.events, None, notes_of(imported, mapping), "event {:,} of the import".format, refused, imported
        )


def notes_of(imported: Imported, mapping: Mapping) -> list[str]:
    """Return what is to be told of an import: its rows, how they were read, and what was refused or left out."""
    formats = sorted(set(imported.times.values()))
    zone = mapping.time.zone or "of their offsets"
    notes = [f"{imported.rows:,} rows; moments read as {', '.join(formats)}, in the time zone {zone}"]
    if left_out := imported.left_out():
        notes.append(f"- {_share(left_out, imported.rows)} are no event by the setting rows of any section: left out.")
    guests = imported.guests()
    if guests.orders:
        revenue = ", ".join(f"{amount:,.2f} {currency}" for currency, amount in guests.revenue.items())
        notes.append(f"- {counted(guests.orders, 'order')} of guests, {revenue}: counted here, and no customers.")
    for one in imported.refused():
        value = "" if one.value is None else f" ({one.value!r})"
        notes.append(
            f"- {_share(one.rows, imported.rows)} refused: {one.setting} {one.fault}; the first is {one.place}{value}. "
            f"To mend it: {one.remedy}."
        )
    return notes


def _from_the_beginning(lines: BinaryIO) -> BinaryIO:
    lines.seek(0)
    return lines


def _share(rows: int, of: int) -> str:
    share = rows / max(of, 1)
    return f"{counted(rows, 'row')} ({f'{share:.1%}' if share >= _LEAST_SHARE else 'under 0.1%'})"


def _kept(folder: Path) -> Path:
    """Keep standard input in a file, for it is read more than once."""
    path = folder / "standard-input"
    with path.open("wb") as opened:
        copyfileobj(sys.stdin.buffer, opened)
    return path
