"""Events and refusals that an import makes of a file of a test."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.mapping.read import read_mapping
from schemas.settings.risk import MoneySettings
from streams.imports.imported import Guests, Refused, importing
from streams.imports.presets import preset_text

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """Events and refusals made of files."""

    events: list[dict[str, Any]]
    refused: list[Refused]
    left_out: int
    guests: Guests
    rows: int

    def faults(self) -> dict[str, int]:
        """Number of refused rows by setting and fault."""
        return {f"{one.setting} {one.fault}": one.rows for one in self.refused}

    def interactions(self) -> list[Interaction]:
        """The events, as intake validates them; all must be valid."""
        lines = [msgspec.json.encode(event) for event in self.events]
        read = list(decode_history(lines, MoneySettings().rates, 1_000_000))
        assert all(isinstance(one, Interaction) for one in read), read
        return [one for one in read if isinstance(one, Interaction)]


def make(files: Path | Sequence[Path], text: str, *changes: str) -> Made:
    """Import files by the text of a mapping."""
    paths = [files] if isinstance(files, Path) else list(files)
    with importing(paths, read_mapping(text, changes), NOW) as imported:
        events = [msgspec.json.decode(line) for line in imported.events()]
        return Made(events, imported.refused(), imported.left_out(), imported.guests(), imported.rows)


def make_as(files: Path | Sequence[Path], preset: str, *changes: str) -> Made:
    """Import files by a preset."""
    return make(files, preset_text(preset), *changes)


def write_csv(
    path: Path, rows: Iterable[Mapping[str, object]], delimiter: str = ",", quoting: Literal[0, 1] = 0
) -> Path:
    """Write rows as CSV, with the names of the first as header."""
    written = list(rows)
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(written[0]), delimiter=delimiter, quoting=quoting)
        writer.writeheader()
        writer.writerows(written)
    return path
