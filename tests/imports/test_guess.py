"""A guessed mapping reads its file, and says what it is unsure of."""

import random
from pathlib import Path

import pytest

from schemas.errors import UsageError
from streams.imports.guess import guess
from tests.imports.made import make, write_csv


def _guessed(tmp_path: Path, rows: list[dict[str, object]], delimiter: str = ",") -> tuple[Path, str]:
    path = write_csv(tmp_path / "export.csv", rows, delimiter=delimiter)
    return path, guess(path)


def test_lines_of_orders_with_units_below_zero_give_purchases_and_returns(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"Kunde": f"K{number % 4}", "Rechnung": number // 3, "Artikel": f"A{number}", "Menge": 2 if number % 9 else -1}
        | {"Datum": f"{1 + number % 27:02}.03.2024 10:00", "Preis": f"{number},50"}
        for number in range(90)
    ]
    path, text = _guessed(tmp_path, rows, ";")

    made = make(path, text)

    assert "decimal_comma = true" in text
    assert 'formats = ["%d.%m.%Y %H:%M"]' in text
    assert not made.refused
    assert {event["type"] for event in made.events} == {"purchase", "return"}
    assert sum(len(event["items"]) for event in made.events) == 90
    assert made.events[0]["customer_id"].startswith("K")


def test_what_is_unsure_is_said(tmp_path: Path) -> None:
    row = {"user_id": 7, "when": "03/04/2024", "amount": "5"}
    text = _guessed(tmp_path, [row])[1]

    assert "unsure: %m/%d/%Y or %d/%m/%Y, as in 03/04/2024" in text
    assert "unsure: the moments do not say their zone" in text
    assert 'currency = "USD"  # unsure: no column has it' in text


def test_a_preset_whose_columns_are_all_there_is_proposed(tmp_path: Path) -> None:
    row = {"customer_id": 7, "date": "2024-03-04T10:00:00Z", "amount": "5"}
    assert _guessed(tmp_path, [row])[1].startswith(
        "# All columns of a preset are there; try it first: --as transactions"
    )


def test_customers_without_an_id_are_named_by_their_address(tmp_path: Path) -> None:
    row: dict[str, object] = {"E-Mail": "ann@example.com", "Order date": "2024-03-04T10:00:00Z", "Total": "5"}
    path, text = _guessed(tmp_path, [row])
    assert make(path, text).events[0]["customer_id"].startswith("email-")


def test_a_file_of_noise_gives_a_mapping_that_asks(tmp_path: Path) -> None:
    draw = random.Random(1)  # noqa: S311 - noise, seeded
    rows: list[dict[str, object]] = [{"a": "".join(draw.choices("xyz", k=5)), "b": "q"} for _ in range(20)]
    text = _guessed(tmp_path, rows)[1]
    assert "which column is the customer? there are a, b" in text
    assert "which column is the price?" in text


def test_a_file_without_rows_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n")
    with pytest.raises(UsageError, match="has no rows"):
        guess(path)
