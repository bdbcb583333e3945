"""Faults of a row, in words that say what to do."""

from typing import Final

REMEDIES: Final = {
    "is empty": "fill it, or map the column that has it",
    "is empty: a guest": (
        'name customers by their e-mail address (customers.missing = "email"), or count such rows as guests '
        '(customers.missing = "guests")'
    ),
    "cannot be read as a moment": "say how moments are written: time.formats",
    "has no offset from UTC": "say the zone that it is in, such as --set time.zone=Europe/Berlin",
    "lies in the future": "correct the date, or the format that it is read by: time.formats",
    "is no number": "say with reading.decimal_comma if 12,50 is meant as 12.50, or compute it by an expression",
    "is negative": "give such rows to [returns], by the setting rows of both sections",
    "is below zero": "leave it out, by an expression such as CASE WHEN number(x) >= 0 THEN x END",
    "is zero": "leave such rows out, by the setting rows of the section",
    "is no whole number": 'count such rows as one unit: quantity = "1" and unit_price = the price of the whole',
    "is above 1,000,000": "correct it, or leave such rows out by the setting rows of the section",
    "is no currency": "expected three letters of ISO 4217, such as EUR: map the column that has them, or say the code",
    "is longer than allowed": "map a shorter id: at most 64 characters, of a customer 128",
    "is not on the scale": "say which scale it is on: satisfaction_scale",
    "cannot be told": "the setting rows of a section must be true or false for every row: use coalesce(…, false)",
    "is no row of the file": "correct the line, or say how the file is read: reading.delimiter, reading.encoding",
    "is no JSON object": "correct the line",
}
"""Kinds of faults, each with what to do; a refusal names the field before and the value after them."""

GUEST: Final = "is empty: a guest"


def remedy_of(fault: str) -> str:
    """Return what to do about a fault, of which the first word is the field."""
    return REMEDIES.get(fault.partition(" ")[2], "")
