"""Parses the text of a condition; every mistake names the word that is wrong and says what is allowed there."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from retention.catalogue.condition import COMPARISONS, AnyOf, Compared, Condition, Flag, Joined, Not
from retention.catalogue.vocabulary import COLUMNS, NumberColumn, WordColumn

_TOKEN: Final = re.compile(r"\s*(?:(<=|>=|!=|[<>=(),])|([A-Za-z_][A-Za-z0-9_]*)|(-?[0-9]+(?:\.[0-9]+)?)|(\S))")
_JOINTS: Final = frozenset({"and", "or", "not", "in", "is", "has"})
_DEEPEST: Final = 20
"""Limit of parentheses within parentheses; a person reads no deeper."""


class ConditionError(ValueError):
    """A text is no condition; the message names the wrong word and what is allowed in its place."""


def parse_condition(text: str) -> Condition:
    """Parse a condition.

    Args:
        text: Such as ``segment is win_back and (risk >= 0.7 or reasons has returns)``.

    Raises:
        ConditionError: It is not in the grammar, or names or values are unknown.
    """
    parser = _Parser(_tokens_of(text))
    condition = parser.condition(0)
    if parser.next is not None:
        raise ConditionError(f"{parser.next!r} is not expected there; conditions are joined by and, or")
    return condition


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return the word that was probably meant, or all that are allowed, as the end of a message."""
    names = list(allowed)
    near = get_close_matches(word, names, n=1)
    return f"did you mean {near[0]}?" if near else f"allowed are {', '.join(names)}"


def _tokens_of(text: str) -> list[str]:
    tokens: list[str] = []
    for sign, name, number, other in _TOKEN.findall(text):
        if other:
            raise ConditionError(f"{other!r} is not allowed; words are written without quotes")
        tokens.append(sign or name or number)
    if not tokens:
        raise ConditionError('it is empty; write "always" for a rule without a condition')
    return tokens


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def next(self) -> str | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def condition(self, depth: int) -> Condition:
        return self._joined("or", depth)

    def _joined(self, word: str, depth: int) -> Condition:
        parts = [self._part_of(word, depth)]
        while self.next == word:
            self._take()
            parts.append(self._part_of(word, depth))
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _part_of(self, word: str, depth: int) -> Condition:
        return self._joined("and", depth) if word == "or" else self._part(depth)

    def _part(self, depth: int) -> Condition:
        if depth > _DEEPEST:
            raise ConditionError(f"it is nested more than {_DEEPEST} deep")
        if self.next == "not":
            self._take()
            return Not(self._part(depth + 1))
        if self.next == "(":
            self._take()
            inner = self.condition(depth + 1)
            self._expect(")")
            return inner
        return self._test()

    def _test(self) -> Condition:
        name = self._take()
        column = COLUMNS.get(name)
        if column is None:
            raise ConditionError(f"{name!r} is no name; {did_you_mean(name, COLUMNS)}")
        if isinstance(column, NumberColumn):
            return self._compared(name, column)
        return self._words(name, column) if isinstance(column, WordColumn) else Flag(name, column.says)

    def _compared(self, name: str, column: NumberColumn) -> Condition:
        sign = self._take()
        if sign not in COMPARISONS:
            raise ConditionError(f"{sign!r} after {name} is not allowed; a number takes {', '.join(COMPARISONS)}")
        text = self._take()
        try:
            value = float(text)
        except ValueError:
            raise ConditionError(f"{text!r} after {name} {sign} is no number") from None
        if not column.least <= value <= column.most:
            upto = "" if column.most == float("inf") else f" to {column.most:g}"
            raise ConditionError(f"{name} {sign} {text}: {name} ({column.unit}) goes from {column.least:g}{upto}")
        return Compared(name, sign, value)

    def _words(self, name: str, column: WordColumn) -> Condition:
        verb = self._take()
        allowed = ("has",) if column.several else ("is", "in", "=", "!=")
        if verb not in allowed:
            raise ConditionError(f"{verb!r} after {name} is not allowed; {name} takes {', '.join(allowed)}")
        negated = verb == "!="
        if verb == "is" and self.next == "not":
            self._take()
            negated = True
        is_list = verb == "in" or (verb == "has" and self.next == "(")
        words = self._list_of(name, column) if is_list else (self._word(name, column),)
        test = AnyOf(name, words, column.bits(*words), column.several)
        return Not(test) if negated else test

    def _list_of(self, name: str, column: WordColumn) -> tuple[str, ...]:
        self._expect("(")
        words = [self._word(name, column)]
        while self.next == ",":
            self._take()
            words.append(self._word(name, column))
        self._expect(")")
        return tuple(words)

    def _word(self, name: str, column: WordColumn) -> str:
        word = self._take()
        if word not in column.words:
            raise ConditionError(f"{word!r} is no {name}; {did_you_mean(word, column.words)}")
        return word

    def _expect(self, token: str) -> None:
        if self.next != token:
            found = "the end" if self.next is None else repr(self.next)
            raise ConditionError(f"{token!r} is missing before {found}")
        self._take()

    def _take(self) -> str:
        if self.next is None:
            raise ConditionError(f"something is missing after {self._tokens[-1]!r}")
        self._place += 1
        return self._tokens[self._place - 1]
