"""Columns that a mapping reads, found in the files by the names that they may have."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.errors import UsageError
from schemas.mapping.mapping import Mapping
from streams.imports.files.sources import FileSource

FILE_NAME: Final = "file_name"
"""Column of every row: the name of its file, for mappings of several files."""

_LONGEST_LIST: Final = 40


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of the files and of the mapping.

    Attributes:
        names: Short names of the mapping, each with the file's column of it; None for an optional one that no file has.
        present: All columns of the files.
    """

    names: dict[str, str | None]
    present: frozenset[str]

    def has(self, name: str) -> bool:
        """Return True for a name of the mapping or of a file's column."""
        return name in self.names or name in self.present or name == FILE_NAME

    def in_file(self, name: str) -> str | None:
        """Return the file's column of a name; None for an optional one that no file has."""
        return self.names.get(name, name)


def find_columns(mapping: Mapping, sources: Sequence[FileSource]) -> Columns:
    """Find the columns of a mapping in the files.

    Args:
        mapping: The mapping.
        sources: The files.

    Raises:
        UsageError: One is in none of them.
    """
    present = list(dict.fromkeys(column for source in sources for column in source.columns))
    names: dict[str, str | None] = {}
    for name, candidates in mapping.columns.items():
        found = _first(candidates, present)
        if found is None:
            raise UsageError(missing_column(f"columns.{name}", candidates, present))
        names[name] = found
    for name, candidates in mapping.optional_columns.items():
        names[name] = _first(candidates, present)
    return Columns(names, frozenset(present))


def missing_column(setting: str, candidates: Sequence[str], present: Iterable[str]) -> str:
    """Return the message about a column that no file has."""
    there = ", ".join(list(present)[:_LONGEST_LIST])
    return f"{setting}: no column is called {' or '.join(candidates)}; there are {there}"


def _first(candidates: Sequence[str], present: Sequence[str]) -> str | None:
    for candidate in candidates:
        if candidate in present:
            return candidate
        for column in present:
            if _plain(column) == _plain(candidate):
                return column
    return None


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-\ufeff]", "", name).casefold()
