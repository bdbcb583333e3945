"""Excel files: sheets, numbers and dates, and names that there are not."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from schemas.errors import UsageError
from tests.imports.made import make_as

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _cell(value: object) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c s="1"><v>{value}</v></c>' if isinstance(value, float) else f"<c><v>{value}</v></c>"


def _write(path: Path, **sheets: list[list[object]]) -> Path:
    """Write a workbook; floats are days since 1900, shown as dates."""
    parts = "".join(
        f'<Override PartName="/xl/worksheets/{name}.xml" ContentType="{_MIME}.worksheet+xml"/>' for name in sheets
    )
    styles = (
        f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
    )
    listed = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>' for at, name in enumerate(sheets, 1))
    related = "".join(
        f'<Relationship Id="r{at}" Type="{_OFFICE}/worksheet" Target="worksheets/{name}.xml"/>'
        for at, name in enumerate(sheets, 1)
    )
    with ZipFile(path, "w") as book:
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_MIME}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_MIME}.styles+xml"/>{parts}</Types>',
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{related}'
            f'<Relationship Id="s1" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        )
        book.writestr("xl/styles.xml", styles)
        for name, rows in sheets.items():
            body = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
            book.writestr(
                f"xl/worksheets/{name}.xml", f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
            )
    return path


_ROWS: list[list[object]] = [["customer", "date", "amount"], [17850, 45415.5, 12], ["b", 45416.25, 3]]


def test_numbers_and_dates_of_a_sheet_are_read(tmp_path: Path) -> None:
    made = make_as(_write(tmp_path / "t.xlsx", Sheet1=_ROWS), "transactions")
    assert [(event["customer_id"], event["occurred_at"]) for event in made.events] == [
        ("17850", "2024-05-03T12:00:00Z"),
        ("b", "2024-05-04T06:00:00Z"),
    ]
    assert not made.refused


def test_a_sheet_is_chosen_by_its_name(tmp_path: Path) -> None:
    path = _write(tmp_path / "t.xlsx", About=[["nothing"]], Sales=_ROWS)
    assert len(make_as(path, "transactions", "reading.sheet=Sales").events) == 2
    with pytest.raises(UsageError, match="has no sheet 'Sale'; it has About, Sales"):
        make_as(path, "transactions", "reading.sheet=Sale")


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_text("customer,date,amount\n")
    with pytest.raises(UsageError, match=r"t\.xlsx cannot be read as an Excel file"):
        make_as(path, "transactions")
