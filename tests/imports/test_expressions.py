"""Expressions of mappings: what they may say, and that they reach nothing but the row."""

from pathlib import Path

import pytest

from schemas.errors import UsageError
from tests.imports.made import Made, make, write_csv


def _made(tmp_path: Path, price: str, **row: object) -> Made:
    path = write_csv(tmp_path / "t.csv", [{"who": "a", "at": "2024-03-01T00:00:00Z", "total price": "12.5", **row}])
    mapping = f"""
        [customers]
        id = "who"
        [purchases]
        occurred_at = "at"
        currency = "EUR"
        unit_price = '''{price}'''
    """
    return make(path, mapping)


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("total price", "12.5"),
        ('"total price"', "12.5"),
        ('number("total price") * 2', "25"),
        ('number("total price") / 100', "0.125"),
        ("CASE WHEN who = 'a' THEN '3' ELSE '4' END", "3"),
        ("coalesce(nullif(split_part(\"at\", '-', 2), ''), '7')", "03"),
        ("round(number('2.345'), 1) -- a remark", "2.3"),
    ],
)
def test_columns_and_expressions_give_values(tmp_path: Path, price: str, expected: str) -> None:
    assert float(_made(tmp_path, price).events[0]["items"][0]["unit_price"]) == float(expected)


@pytest.mark.parametrize(
    "price",
    [
        "(SELECT content FROM read_text('/etc/passwd'))",
        "1) FROM read_csv('/etc/passwd') WHERE (1=1",
        "1, 2",
        "1); DROP TABLE loaded; SELECT (1",
        "getvariable('x')",
        "current_setting('temp_directory')",
        "nextval('x')",
        "read_text('/etc/passwd')",
        "list_transform([1], lambda x: x)",
        "sum(number(who))",
        "row_number() OVER ()",
        "COLUMNS(*)",
        "*",
        "?",
        "who IN (SELECT 1)",
        "CAST(who AS DOUBLE)",
        "1 +",
        "no_such_column",
    ],
)
def test_what_is_not_an_expression_over_the_row_is_refused_by_name(tmp_path: Path, price: str) -> None:
    with pytest.raises(UsageError, match=r"purchases\.unit_price"):
        _made(tmp_path, price)


def test_a_function_is_proposed_for_one_that_is_not_allowed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"numbr is no function of mappings; did you mean number\?"):
        _made(tmp_path, "numbr(who)")


def test_an_expression_over_the_wrong_types_ends_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the import cannot go on: Binder Error"):
        _made(tmp_path, "CASE WHEN who > 5 THEN '1' ELSE '2' END")
