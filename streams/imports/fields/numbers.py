"""Numbers and ids as files write them, as macros of SQL."""

from typing import Final

_PLAIN_POINT: Final = r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]*)?([eE][+-]?[0-9]+)?|[+-]?\.[0-9]+"
_PLAIN_COMMA: Final = r"[+-]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]*)?|[+-]?,[0-9]+"
_AROUND: Final = r"^\p{Sc}\s*|\s*\p{Sc}$|[\s\x{00a0}\x{202f}\x27]"
"""Signs of currencies at the ends, and what stands between thousands besides points and commas."""

MISSING: Final = ("", "nan", "null", "none", "<na>", "n/a")
"""Words that mean that nothing is there."""


def macros(*, decimal_comma: bool) -> list[str]:
    """Return the macros: ``number(x)`` and ``amount(x)`` read a number, exactly or not, ``identifier(x)`` an id.

    What cannot be read is NULL. Thousands are taken for what they are only where all groups have three digits, so that
    12,50 is no 1250.

    Args:
        decimal_comma: True if numbers are written as 1.234,50.
    """
    if decimal_comma:
        unified = "replace(replace({0}, '.', ''), ',', '.')"
        pattern = _PLAIN_COMMA
    else:
        unified, pattern = "replace({0}, ',', '')", _PLAIN_POINT
    bare = f"regexp_replace(CAST(x AS VARCHAR), '{_AROUND}', '', 'g')"
    plain = f"CASE WHEN regexp_full_match({bare}, '{pattern}') THEN {unified.format(bare)} END"
    text = "typeof(x) = 'VARCHAR'"
    exact = f"TRY_CAST(({plain}) AS DECIMAL(30, 9))"
    rough = f"TRY_CAST(({plain}) AS DOUBLE)"
    if not decimal_comma:
        fast = "regexp_full_match(CAST(x AS VARCHAR), '-?[0-9]+([.][0-9]+)?')"
        exact = f"CASE WHEN {fast} THEN TRY_CAST(x AS DECIMAL(30, 9)) ELSE {exact} END"
        rough = f"CASE WHEN {fast} THEN TRY_CAST(x AS DOUBLE) ELSE {rough} END"
    return [
        f"CREATE MACRO amount(x) AS CASE WHEN {text} THEN {exact} ELSE TRY_CAST(x AS DECIMAL(30, 9)) END",
        f"CREATE MACRO number(x) AS CASE WHEN {text} THEN {rough} ELSE TRY_CAST(x AS DOUBLE) END",
        "CREATE MACRO identifier(x) AS regexp_replace(CAST(x AS VARCHAR), '^([0-9]+)[.]0+$', '\\1')",
        "CREATE MACRO digits(x) AS rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.')",
    ]


def present(column: str) -> str:
    """Return SQL that gives a text without blanks around it, or NULL for words that mean that nothing is there."""
    words = ", ".join(f"'{word}'" for word in MISSING)
    return f"CASE WHEN lower(trim({column})) NOT IN ({words}) THEN trim({column}) END"
