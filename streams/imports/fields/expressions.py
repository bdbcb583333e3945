"""Expressions of a mapping, checked and ready to be computed."""

from collections.abc import Mapping as AnyMapping
from typing import Any, Final, cast

import duckdb
import msgspec

from schemas.errors import UsageError
from schemas.mapping.expression import ExpressionError, columns_of
from streams.imports.fields.columns import Columns, missing_column
from streams.imports.files.database import name_of, text_of

_decode: Final = msgspec.json.Decoder().decode


class Expressions:
    """Turns the words of a mapping into SQL over the rows.

    Attributes:
        used: Names that the expressions so far read.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, columns: Columns) -> None:
        """Start with none.

        Args:
            connection: The engine, whose parser is asked.
            columns: Those that there are.
        """
        self.used: set[str] = set()
        self._connection = connection
        self._columns = columns
        self._plain = self._parse("1")

    def sql(self, setting: str, text: str, words: tuple[str, ...] = ()) -> str:
        """Return SQL for a column or an expression.

        Args:
            setting: Name of the setting, for people.
            text: What it says.
            words: Values that are meant as they are where no column is called so.

        Raises:
            UsageError: It is not allowed, or reads a column that there is not.
        """
        if self._columns.has(text):
            self.used.add(text)
            return name_of(text)
        if text in words:
            return text_of(text)
        try:
            read = columns_of(self._parse(text), self._plain)
        except ExpressionError as error:
            raise UsageError(f"{setting} is {text!r}: {error}") from None
        for column in sorted(read):
            if not self._columns.has(column):
                raise UsageError(missing_column(setting, [column], [*self._columns.names, *self._columns.present]))
        self.used |= read
        return f"({text}\n)"

    def _parse(self, text: str) -> AnyMapping[str, Any]:
        parsed = self._connection.execute("SELECT json_serialize_sql(?)", [f"SELECT ({text}\n)"]).fetchone()
        return cast("AnyMapping[str, Any]", _decode(parsed[0] if parsed else ""))
