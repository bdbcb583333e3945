"""Sheets of Excel files, as CSV, which the engine reads."""

import csv
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from schemas.errors import UsageError


def write_as_csv(file: Path, sheet: str | None, to: Path) -> None:
    """Write a sheet as CSV in UTF-8.

    Args:
        file: Excel file of any age, or OpenDocument.
        sheet: Name of the sheet; None for the first.
        to: Where to.

    Raises:
        UsageError: It cannot be read, or has no such sheet.
    """
    try:
        with CalamineWorkbook.from_path(file) as book:
            if sheet is not None and sheet not in book.sheet_names:
                raise UsageError(f"{file} has no sheet {sheet!r}; it has {', '.join(book.sheet_names)}")
            rows = book.get_sheet_by_name(sheet or book.sheet_names[0]).iter_rows()
            with to.open("w", encoding="utf-8", newline="") as opened:
                csv.writer(opened).writerows(rows)
    except (CalamineError, OSError) as error:
        raise UsageError(f"{file} cannot be read as an Excel file: {error}") from None
