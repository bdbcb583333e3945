"""A file a day for people and tools: one line for each raising and each clearing, and none of them twice."""

import csv
import io
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

import msgspec

from schemas.errors import ServerUnreachableError, UsageError
from schemas.moments import from_ms, text_of_ms, to_ms
from schemas.records.alert import Alert, decode_alert
from schemas.records.encode import encode_record

COLUMNS: Final = (
    "key", "state", "customer_id", "decision_id", "action", "team", "channel", "template", "do_after", "due_by",
    "risk", "value_at_risk", "expected_gain", "segment", "reasons", "what_changed", "raised_at", "changed_at",
    "ended_by",
)  # fmt: skip
"""Columns of a CSV file. Texts of several sentences have a line for each."""

_DATE: Final = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
"""Pattern of the dates in the names of our files; others with such a name are somebody else's."""

_KEY_OF_ROW: Final = re.compile(r'^(?P<key>[^",\r\n]+:(?:raised|cleared)),', re.MULTILINE)
_BEGIN_OF_ROW: Final = re.compile(_KEY_OF_ROW.pattern.encode(), re.MULTILINE)
"""Rows of ours begin with their key."""

_REMEMBERED_FILES: Final = 2
"""Files whose lines are known: what was written before a kill may be delivered again after midnight."""

FileFormat = Literal["csv", "ndjson"]


class FileTarget:
    """Appends alerts to ``alerts-2026-03-01.csv``, or ``.ndjson``, in a folder."""

    name = "file"

    def __init__(
        self, folder: Path, file_format: FileFormat, now_ms: Callable[[], int], local_ms: Callable[[int], int]
    ) -> None:
        """Read the keys of the latest files, and cut off a line that a kill has left unfinished.

        Args:
            folder: Where the files are; it is made if it is not there.
            file_format: ``csv`` with a header, or ``ndjson`` with the records as they are on ``alerts``.
            now_ms: Returns the wall time, ms since 1970.
            local_ms: Returns the local time, whose days the files are of, of an instant, both in ms.

        Raises:
            UsageError: The folder cannot be written to.
        """
        self._folder, self._format, self._now_ms, self._local_ms = folder, file_format, now_ms, local_ms
        try:
            folder.mkdir(parents=True, exist_ok=True)
            latest = sorted(folder.glob(f"alerts-{_DATE}.{file_format}"))[-_REMEMBERED_FILES:]
            self._keys = {path: self._mend(path) for path in latest}
        except OSError as error:
            raise UsageError(f"STAYLINE_NOTIFIER__FOLDER {folder} cannot be used: {error.strerror}") from None

    def deliver(self, alert: Alert) -> str | None:
        """See ``Target``."""
        day = from_ms(self._local_ms(self._now_ms())).date()
        path, key = self._folder / f"alerts-{day}.{self._format}", key_of(alert)
        if any(key in keys for keys in self._keys.values()):
            return None
        try:
            self._append(path, alert)
        except OSError as error:
            raise ServerUnreachableError(f"{path} cannot be written: {error.strerror}") from error
        self._keys.setdefault(path, set()).add(key)
        for old in sorted(self._keys)[:-_REMEMBERED_FILES]:
            del self._keys[old]
        return None

    def _append(self, path: Path, alert: Alert) -> None:
        """Write a whole line at once and see it to the disk; one cut short by a full disk is taken back."""
        line = encode_record(alert) + b"\n" if self._format == "ndjson" else _csv_line(_row_of(alert))
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            size = os.fstat(file).st_size
            if size == 0 and self._format == "csv":
                line = _csv_line(list(COLUMNS)) + line
            written = os.write(file, line)
            if written < len(line):
                os.ftruncate(file, size)
                raise OSError(0, "the disk is full")
            os.fsync(file)
        finally:
            os.close(file)

    def _mend(self, path: Path) -> set[str]:
        content = path.read_bytes()
        whole = content[: self._end_of_last_line(content)]
        if len(whole) < len(content):
            os.truncate(path, len(whole))
        return self._keys_of(whole.decode("utf-8-sig", "replace"))

    def _keys_of(self, text: str) -> set[str]:
        """Return the keys of the lines; those that somebody's editor or spreadsheet has changed are passed over."""
        if self._format == "csv":
            rows: list[list[str]] = []
            with suppress(csv.Error):
                rows.extend(row for row in csv.reader(io.StringIO(text, newline="")) if row)
            keys = {row[0] for row in rows}
            if any(len(row) != len(COLUMNS) for row in rows):  # a stray quotation mark hides the lines after it
                keys.update(found["key"] for found in _KEY_OF_ROW.finditer(text))
            return keys
        return set(filter(None, map(_key_of_line, text.split("\n"))))

    def _end_of_last_line(self, content: bytes) -> int:
        """Return where the last whole line ends: a line feed within quotation marks ends none.

        Where the marks do not match, a kill has cut off the last row, or somebody has left a stray one before it: the
        last row alone says which.
        """
        end = content.rfind(b"\n") + 1
        if self._format != "csv" or content.count(b'"', 0, end) % 2 == 0:
            return end
        begin = max((found.start() for found in _BEGIN_OF_ROW.finditer(content)), default=end)
        is_whole = content.count(b'"', begin, end) % 2 == 0
        return end if is_whole else begin


def key_of(alert: Alert) -> str:
    """Return the key under which every target knows a raising or a clearing, however often it is delivered."""
    return f"{alert.alert_id}:{alert.state}"


def _key_of_line(line: str) -> str:
    try:
        return key_of(decode_alert(line))
    except msgspec.DecodeError:
        return ""


def _row_of(alert: Alert) -> list[str]:
    """Return the columns of an alert; texts begin with no sign that spreadsheets take for a formula."""
    times = (alert.do_after, alert.due_by)
    do_after, due_by = ("" if moment is None else text_of_ms(to_ms(moment)) for moment in times)
    return [
        key_of(alert), alert.state, _harmless(alert.customer_id), alert.decision_id, alert.action, alert.team,
        alert.channel, alert.template, do_after, due_by, f"{alert.risk:.6g}", f"{alert.value_at_risk:.2f}",
        "" if alert.expected_gain is None else f"{alert.expected_gain:.2f}", alert.segment,
        _harmless("\n".join(reason.text for reason in alert.reasons)), _harmless("\n".join(alert.what_changed)),
        text_of_ms(to_ms(alert.raised_at)), text_of_ms(to_ms(alert.changed_at)), alert.ended_by,
    ]  # fmt: skip


def _harmless(text: str) -> str:
    """Return text that a spreadsheet does not run: see OWASP, CSV injection."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _csv_line(row: list[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(row)
    return line.getvalue().encode("utf-8")
