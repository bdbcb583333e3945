"""Mappings that Stayline brings, and mappings of files."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from schemas.errors import UsageError
from schemas.mapping.mapping import Mapping
from schemas.mapping.read import MappingError, read_mapping

PRESETS: Final = (
    "transactions",
    "order-lines",
    "shopify-orders",
    "woocommerce-orders",
    "stripe-charges",
    "magento-orders",
    "zendesk-tickets",
    "events",
)
"""Names of the mappings that the package brings, the simplest first."""


def preset_text(name: str) -> str:
    """Return the text of a preset, to read or to copy.

    Raises:
        UsageError: There is none of this name.
    """
    if name not in PRESETS:
        raise UsageError(f"--as {name}: expected one of {', '.join(PRESETS)}; --map reads a mapping of your own")
    return (files("schemas.mapping") / "presets" / f"{name}.toml").read_text("utf-8")


def load_mapping(preset: str | None, file: Path | None, changes: Sequence[str]) -> Mapping | None:
    """Return the mapping that a command line asks for; None if it asks for none.

    Args:
        preset: Name of a mapping of the package.
        file: Mapping of one's own.
        changes: Settings to change, each such as ``time.zone=Europe/Berlin``.

    Raises:
        UsageError: It cannot be read or is not valid, or both are given.
    """
    if preset and file:
        raise UsageError("--as and --map are both given: one mapping reads all files")
    if file is None and preset is None:
        if changes:
            raise UsageError(f"--set {changes[0]} changes a mapping: say which, with --as or --map")
        return None
    try:
        text = preset_text(preset) if preset else Path(file or "").read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        return read_mapping(text, changes)
    except MappingError as error:
        raise MappingError(f"{preset or file}: {error}") from None
