"""Reads the playbook from its file, ``retention.toml``, or the default that the package brings."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from retention.catalogue.compiled import CompiledPlaybook, compile_playbook
from retention.catalogue.playbook import Playbook
from retention.catalogue.read import PlaybookError, read_playbook
from schemas.errors import UsageError
from schemas.settings.risk import RetentionSettings

FILE: Final = Path("retention.toml")
"""Looked for in the working directory; without it the default applies."""


def default_text() -> str:
    """Return the text of the default playbook."""
    return (files("retention.catalogue") / "retention.toml").read_text("utf-8")


def name_of(file: Path | None) -> str:
    """Return the name of the playbook that :func:`load_playbook` reads, for people."""
    return str(file or FILE) if file or FILE.exists() else "Stayline's own playbook"


def load_playbook(file: Path | None = None) -> Playbook:
    """Read a playbook.

    Args:
        file: Its file; None for ``retention.toml`` in the working directory, or the default if there is none.

    Raises:
        UsageError: It cannot be read or is not valid; the message names the file and each wrong setting.
    """
    if file is None and not FILE.exists():
        return read_playbook(default_text())
    path = file or FILE
    try:
        return read_playbook(path.read_text("utf-8-sig"))  # some editors put a mark before UTF-8
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except PlaybookError as error:
        raise PlaybookError(f"{path}: {error}") from None


def playbook_of(settings: RetentionSettings) -> CompiledPlaybook | None:
    """Return the playbook that decisions follow; None if none are made.

    Args:
        settings: Section of the settings.

    Raises:
        UsageError: The playbook cannot be read or is not valid.
    """
    return compile_playbook(load_playbook(settings.playbook)) if settings.enabled else None
