"""The schema as SQL files: numbered migrations of the tables, and one file for each view and snapshot."""

import re
from collections.abc import Iterator, Sequence
from graphlib import TopologicalSorter
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import msgspec

from schemas.errors import UsageError

_NUMBERED: Final = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
_END_OF_STATEMENT: Final = re.compile(r";[ \t]*$", re.MULTILINE)
_COMMENT: Final = re.compile(r"^\s*--.*$", re.MULTILINE)
_READ: Final = re.compile(r"\b(?:FROM|JOIN|TABLE \w+ AS)\s+(\w+)")


class Migration(msgspec.Struct, frozen=True):
    """One numbered step of the tables.

    Attributes:
        number: Its place in the order.
        name: Its file.
        checksum: SHA-256 of the file's text, in hexadecimal.
        statements: What it does. ClickHouse has no transactions for these, so each may be run again: an interrupted
            migration is repeated from its first statement.
    """

    number: int
    name: str
    checksum: str
    statements: tuple[str, ...]


class ViewFile(msgspec.Struct, frozen=True):
    """The definition of one view, or of one snapshot and the table of its rows.

    Attributes:
        name: The view, and its file without ``.sql``.
        checksum: SHA-256 of the statements, in hexadecimal; comments do not count.
        statements: What makes it, each of which may be run again.
    """

    name: str
    checksum: str
    statements: tuple[str, ...]


def known_migrations() -> list[Migration]:
    """Read the migrations that this program carries, in order."""
    scripts = (read_migration(name, text) for name, text in _scripts(files("sinks.clickhouse").joinpath("migrations")))
    return sorted(scripts, key=lambda migration: migration.number)


def known_views() -> list[ViewFile]:
    """Read the views that this program carries, each after those that it reads."""
    return in_order(
        [
            read_view(name.removesuffix(".sql"), text)
            for name, text in _scripts(files("sinks.clickhouse").joinpath("views"))
        ]
    )


def read_migration(name: str, text: str) -> Migration:
    """Read one migration.

    Args:
        name: Its file's name, ``NNNN_words.sql``.
        text: The file; a statement ends with a semicolon at the end of a line.

    Raises:
        UsageError: The name does not begin with a number.
    """
    numbered = _NUMBERED.match(name)
    if numbered is None:
        raise UsageError(f"migration {name} must be called NNNN_words.sql")
    checksum = sha256(text.encode()).hexdigest()
    return Migration(int(numbered[1]), name, checksum, statements_of(text))


def read_view(name: str, text: str) -> ViewFile:
    """Read one view.

    Args:
        name: The view.
        text: Its file; a statement ends with a semicolon at the end of a line.
    """
    statements = statements_of(text)
    return ViewFile(name, sha256(";\n".join(statements).encode()).hexdigest(), statements)


def statements_of(text: str) -> tuple[str, ...]:
    """Split a file into its statements, without comments; each ends with a semicolon at the end of a line."""
    statements = (statement.strip() for statement in _END_OF_STATEMENT.split(_COMMENT.sub("", text)))
    return tuple(filter(None, statements))


def in_order(views: Sequence[ViewFile]) -> list[ViewFile]:
    """Sort views so that each comes after those it reads, by name where that leaves a choice.

    Raises:
        graphlib.CycleError: Some read one another.
    """
    by_name = {view.name: view for view in sorted(views, key=lambda view: view.name)}
    reads = {name: sorted(_names_read(view) & by_name.keys() - {name}) for name, view in by_name.items()}
    return [by_name[name] for name in TopologicalSorter(reads).static_order()]


def _names_read(view: ViewFile) -> set[str]:
    """Return every name that is read from; names of a statement's own subqueries are among them."""
    return {name for statement in view.statements for name in _READ.findall(statement)}


def _scripts(folder: Traversable) -> Iterator[tuple[str, str]]:
    """Return names and texts of the SQL files of a folder and of the folders in it."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _scripts(entry)
        elif entry.name.endswith(".sql"):
            yield entry.name, entry.read_text("utf-8")
