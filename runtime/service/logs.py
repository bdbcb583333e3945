"""How a process's log is written: lines for people, or one JSON object a line for machines."""

import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from runtime.service.repeated_lines import RepeatsHeldBack
from schemas.settings import ObserveSettings

_LIBRARIES: Final = ("faust", "mode", "aiokafka", "httpx", "httpcore", "matplotlib")
_RAISING: Final = ("clickhouse_connect", "urllib3.connectionpool")
"""Loggers whose warnings reach the caller as errors, too; the caller tells them in one line."""
_REPEATING: Final = ("faust", "mode", "aiokafka")
_REPEATED_SECONDS: Final = 10.0
_OF_EVERY_RECORD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object: time, level, logger, message, whatever was given as ``extra``, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line, without a newline in it."""
        given = {name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD}
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **given,
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up_logging() -> None:
    """Readable lines on standard error; the libraries speak only when something is wrong, and do not repeat it."""
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
