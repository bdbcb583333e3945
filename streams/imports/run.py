"""``stayline import``: writes the events of files, and says what the files hold and what is amiss."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
import typer

from schemas.errors import UsageError
from schemas.events.dead_letter import Refusal
from schemas.events.refuse import sentence_of
from streams.command.common import progress_bar
from streams.imports.guess import guess
from streams.imports.history import OpenHistory
from streams.imports.history_source import HistorySource
from streams.imports.reading import Reading
from streams.settings import Settings, load_settings

STANDARD_OUTPUT: Final = Path("-")
_encode: Final = msgspec.json.Encoder().encode


def run_import(source: HistorySource, output: Path | None, refused: Path | None) -> int:
    """Import files, and tell on standard error what they hold.

    Args:
        source: The files and their mapping.
        output: Where the events go, ``-`` being standard output; None for nowhere.
        refused: Where every refused row and event goes; None for nowhere.

    Returns:
        Number of rows and events that were refused.

    Raises:
        UsageError: A file or the mapping cannot be used.
    """
    settings = load_settings()
    with source.open(settings.risk.grace_days) as history, _writing(refused) as rows, _writing(output) as events:
        reading = _write(history, settings, events, rows)
    for line in [*reading.found(settings.risk.horizon_days, tells_holes=True), *reading.tell_refused()]:
        typer.echo(line, err=True)
    return reading.all_refused


def run_guess(file: str, output: Path) -> None:
    """Write a mapping to edit.

    Args:
        file: The file that it is for.
        output: Where it goes, ``-`` being standard output.

    Raises:
        UsageError: The file cannot be read.
    """
    text = guess(Path(file))
    with _writing(output) as opened:
        if opened is not None:
            opened.write(text.encode())


def _write(history: OpenHistory, settings: Settings, events: BinaryIO | None, rows: BinaryIO | None) -> Reading:
    def note(place: str, refusal: Refusal, line: bytes) -> None:
        if rows is not None:
            said = {"place": place, "fault": refusal.reason, "do": sentence_of(refusal)}
            rows.write(_encode({**said, "value": line.decode(errors="replace")}) + b"\n")

    if rows is not None and history.imported is not None:
        rows.writelines(_encode(one) + b"\n" for one in history.imported.each_refused())
    grace_days, max_bytes = settings.risk.grace_days, settings.intake.max_event_bytes
    with progress_bar("bytes of events", history.size) as progress:
        reading = Reading(history, settings.money.rates, max_bytes, grace_days, progress, note)
        for _ in reading.interactions():
            if events is not None:
                events.write(reading.line + b"\n")
        progress(history.size or reading.bytes)
    return reading


@contextmanager
def _writing(path: Path | None) -> Iterator[BinaryIO | None]:
    if path is None:
        yield None
        return
    try:
        with nullcontext(sys.stdout.buffer) if path == STANDARD_OUTPUT else path.open("wb") as opened:
            yield opened
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
