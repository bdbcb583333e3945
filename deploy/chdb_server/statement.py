"""Reads of a statement whether rows follow it, whether it answers, and in which format."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Only as much of the language as is needed not to mistake a quoted text, a comment or a bracket for a keyword.
_TOKEN = re.compile(
    rb"""(?P<blank>\s+|--[^\n]*|\#[ !][^\n]*|/\*.*?\*/)
    |(?P<quoted>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_AFTER_FORMAT = re.compile(rb"[ \t\f]*;?[ \t\f]*\r?\n?")
_ANSWERING = {"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "CHECK", "FROM", "("}


@dataclass(frozen=True)
class InlineInsert:
    """An insert whose rows follow the statement in the same bytes.

    Attributes:
        before: the statement up to where `FROM INFILE` can be put.
        after: the rest of the statement: its settings and its format.
        rows_at: where the rows begin, counted from the start of the request's text.
    """

    before: str
    after: str
    rows_at: int


def inline_insert(text: bytes) -> InlineInsert | None:
    """Recognise `INSERT INTO ... FORMAT name` with rows after it.

    Args:
        text: the beginning of a request's text, long enough to hold the statement.

    Returns:
        The parts of the statement; None for any other statement (`VALUES` and `SELECT` included).
    """
    tokens = _outermost(text)
    if next(tokens, ("", 0, 0))[0] != "INSERT":
        return None
    clause_at: int | None = None
    for word, start, _ in tokens:
        if word in {"VALUES", "SELECT", "WITH", "INFILE"}:
            return None
        if word == "SETTINGS" and clause_at is None:
            clause_at = start
        if word == "FORMAT":
            clause_at = start if clause_at is None else clause_at
            name_end = next(tokens, ("", 0, len(text)))[2]
            separator = _AFTER_FORMAT.match(text, name_end)
            rows_at = separator.end() if separator else name_end
            return InlineInsert(_words(text[:clause_at]), _words(text[clause_at:name_end]), rows_at)
    return None


def answer_format(text: bytes, default: str) -> str | None:
    """Name the format that a statement's answer comes in.

    Args:
        text: a whole statement.
        default: the format when the statement names none.

    Returns:
        None when the statement has no answer, like a CREATE.
    """
    tokens = _outermost(text)
    if next(tokens, ("", 0, 0))[0] not in _ANSWERING:
        return None
    found = default
    for word, _, _ in tokens:
        if word == "FORMAT":
            following = next(tokens, None)
            if following is not None:
                found = _words(text[following[1] : following[2]])
    return found


def holds_several(text: bytes) -> bool:
    """Say whether something follows a semicolon: clickhouse-server refuses that, while chDB would run all of it."""
    tokens = _outermost(text)
    return any(word == ";" for word, _, _ in tokens) and any(word != ";" for word, _, _ in tokens)


def _words(text: bytes) -> str:
    """Decode what the engine will judge: what is not UTF-8 is no name that it knows."""
    return text.decode("utf-8", "replace")


def _outermost(text: bytes) -> Iterator[tuple[str, int, int]]:
    """Walk over what stands outside brackets: the symbol in capitals, its start and its end."""
    depth = 0
    for found in _TOKEN.finditer(text):
        if found.lastgroup == "blank":
            continue
        symbol = _words(found.group())
        if symbol == ")":
            depth -= 1
        if depth == 0:
            yield symbol.upper(), found.start(), found.end()
        if symbol == "(":
            depth += 1
