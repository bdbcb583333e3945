"""Writes the log of a process: lines for people, or one JSON object a line for machines."""

import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pythonjsonlogger.json import JsonFormatter

from runtime.service.repeated_lines import RepeatsHeldBack
from schemas.settings.processes import ObserveSettings

_LIBRARIES: Final = ("faust", "mode", "aiokafka", "httpx", "httpcore", "matplotlib")
_RAISING: Final = ("clickhouse_connect", "urllib3.connectionpool")
"""Loggers whose warnings reach the caller as errors, too; the caller tells them in one line."""
_REPEATING: Final = ("faust", "mode", "aiokafka")
_REPEATED_SECONDS: Final = 10.0


class JsonLines(JsonFormatter):
    """Writes a record as one JSON object: time, level, logger, message, the fields given as ``extra``, exception."""

    def __init__(self) -> None:
        """Name the fields as ``docs/running.md`` has them."""
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception"},
            json_default=str,
            json_ensure_ascii=False,
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Put the time first, and write levels in small letters."""
        return {**log_data, "level": log_data["level"].lower()}

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Add the time before all other fields."""
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        super().add_fields(log_data, record, message_dict)


def set_up_logging() -> None:
    """Write readable lines to standard error; of libraries only what is wrong, and that not over and over."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _RAISING:
        logging.getLogger(name).setLevel(logging.ERROR)
    for handler in logging.getLogger().handlers:
        handler.addFilter(RepeatsHeldBack(_REPEATING, _REPEATED_SECONDS))


def write_log_as(settings: ObserveSettings, handlers: Sequence[logging.Handler] | None = None) -> None:
    """Write the log of this process as its settings say.

    Args:
        settings: Say which of the two forms it has.
        handlers: Which write it; the root logger's when not given.
    """
    if settings.log_format == "json":
        for handler in logging.getLogger().handlers if handlers is None else handlers:
            handler.setFormatter(JsonLines())
