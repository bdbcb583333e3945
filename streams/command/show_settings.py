"""``stayline settings``: every setting with its value, meaning and default."""

from collections.abc import Iterator

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from streams.settings import Settings, load_settings
from streams.settings_errors import HIDDEN, PREFIX, is_secret


def show_settings() -> None:
    """Show every setting, its value here, and what it means."""
    table = Table(box=None, pad_edge=False)
    table.add_column("Variable", no_wrap=True)
    table.add_column("Value", overflow="fold")
    table.add_column("Meaning", overflow="fold")
    for name, value, meaning in rows(load_settings()):
        table.add_row(name, value, meaning)
    Console().print(table)


def rows(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Variable, value and meaning of every setting."""
    yield from _rows(settings, PREFIX)


def _rows(section: BaseModel, prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _rows(value, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", _shown(value), field.description or ""


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return str({name: HIDDEN if is_secret(str(name)) else one for name, one in value.items()})
    return str(value)
