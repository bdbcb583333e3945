"""Conditions of rules: a small grammar, parsed into a tree that is evaluated on columns of customers.

::

    condition := conjunction ("or" conjunction)*
    conjunction := part ("and" part)*
    part := "not" part | "(" condition ")" | test
    test := number ("<" | "<=" | ">" | ">=" | "=" | "!=") value
          | words ("is" | "=" | "!=") word  |  words "is" "not" word  |  words "in" "(" word ("," word)* ")"
          | several "has" word  |  several "has" "(" word ("," word)* ")"
          | flag

``retention.catalogue.vocabulary`` lists the names. Nothing is executed: a text is in the grammar or refused.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Words = NDArray[np.int64]
"""Words of each customer as bits."""

Columns = Mapping[str, NDArray[Any]]
"""Values by name, each of shape (customers,): numbers as floats, words as bits in integers, flags as booleans."""

Values = Columns | Mapping[str, float]
"""Values by name, those of many customers or of one; conditions are evaluated on both by the same operators."""

Truth = Mask | bool
"""Truth of a condition, for many customers or for one."""

COMPARISONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}

_SPOKEN: Final[Mapping[str, str]] = {
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "=": "is",
    "!=": "is not",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A number compared with a value."""

    name: str
    sign: str
    value: float

    def holds(self, values: Values) -> Truth:
        """Return True if it holds for the customer, or a mask of those for whom it does."""
        truth: Truth = COMPARISONS[self.sign](values[self.name], self.value)
        return truth

    def __str__(self) -> str:
        return f"{_spaced(self.name)} {_SPOKEN[self.sign]} {self.value:g}"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A customer's word, or one of several words, out of a list."""

    name: str
    words: tuple[str, ...]
    bits: int
    several: bool

    def holds(self, values: Values) -> Truth:
        """Return True if it holds for the customer, or a mask of those for whom it does."""
        words: Any = values[self.name]
        truth: Truth = (words & self.bits) != 0
        return truth

    def __str__(self) -> str:
        verb = "include" if self.several else "is"
        return f"{_spaced(self.name)} {verb} {' or '.join(map(_spaced, self.words))}"


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that is so."""

    name: str
    says: str

    def holds(self, values: Values) -> Truth:
        """Return True if it holds for the customer, or a mask of those for whom it does."""
        flag: Any = values[self.name]
        truth: Truth = flag
        return truth

    def __str__(self) -> str:
        return self.says


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    part: "Condition"

    def holds(self, values: Values) -> Truth:
        """Return True if it holds for the customer, or a mask of those for whom it does."""
        return self.part.holds(values) ^ True

    def __str__(self) -> str:
        return f"not ({self.part})"


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions that must all hold (``and``), or of which one must (``or``)."""

    word: str
    parts: tuple["Condition", ...]

    def holds(self, values: Values) -> Truth:
        """Return True if it holds for the customer, or a mask of those for whom it does."""
        truth = self.parts[0].holds(values)
        for part in self.parts[1:]:
            truth = truth & part.holds(values) if self.word == "and" else truth | part.holds(values)
        return truth

    def __str__(self) -> str:
        return f" {self.word} ".join(f"({part})" if isinstance(part, Joined) else str(part) for part in self.parts)


Condition = Compared | AnyOf | Flag | Not | Joined


def _spaced(name: str) -> str:
    return name.replace("_", " ")
