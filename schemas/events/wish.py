"""Words by which events' ``extra`` says that a customer must not be contacted, as many systems write them."""

from collections.abc import Mapping
from typing import Final

_SAME: Final = {
    **dict.fromkeys(("no", "n", "false", "f", "0", "off"), "no"),
    **dict.fromkeys(("yes", "y", "true", "t", "1", "on"), "yes"),
}
"""Words that mean no, and words that mean yes."""


def wish_of(extra: Mapping[str, str], never: Mapping[str, str]) -> bool | None:
    """Return True if the customer must not be contacted, False if they may be, None if nothing is said of it.

    Case and spaces around do not count, and words that mean no, or yes, are the same: " No" and "false" are "no". They
    may be contacted only if all names are there: one name does not take back what was said by another.

    Args:
        extra: What an event says.
        never: Names and values of those who are never contacted; other values of all names end it.
    """
    said = [extra.get(name) for name in never]
    if any(
        word is not None and _plain(word) == _plain(value) for word, value in zip(said, never.values(), strict=True)
    ):
        return True
    return False if said and None not in said else None


def _plain(word: str) -> str:
    plain = word.strip().casefold()
    return _SAME.get(plain, plain)
