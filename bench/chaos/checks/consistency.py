"""One thing that was compared, and where it differs."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ConsistencyCheck:
    """A comparison.

    Attributes:
        what: A claim.
        compared: How many things were compared.
        differences: How many of them differ.
        first: One of them, in words.
    """

    what: str
    compared: int
    differences: int = 0
    first: str = ""


def same_multiset(what: str, expected: Iterable[Hashable], found: Iterable[Hashable]) -> ConsistencyCheck:
    """Each thing exactly as often as expected."""
    wanted, there = Counter(expected), Counter(found)
    missing, surplus = wanted - there, there - wanted
    first = next((f"missing: {one!r}" for one in missing), "") or next((f"too many: {one!r}" for one in surplus), "")
    return ConsistencyCheck(what, wanted.total(), missing.total() + surplus.total(), first)


def same_values(what: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> ConsistencyCheck:
    """The same value under each name."""
    different = [name for name in {*expected, *found} if expected.get(name) != found.get(name)]

    return none_of(
        what, len(expected), (f"{name}: expected {expected.get(name)}, found {found.get(name)}" for name in different)
    )


def none_of(what: str, compared: int, wrong: Iterable[str]) -> ConsistencyCheck:
    """Return the finding of a check that passed."""
    said = list(wrong)
    return ConsistencyCheck(what, compared, len(said), said[0] if said else "")
