"""The log for machines: one JSON object a line, with the place that a line speaks of."""

import json
import logging
from io import StringIO

import pytest

from runtime.service.logs import write_log_as
from schemas.settings.processes import ObserveSettings


def _logger(log_format: str) -> tuple[logging.Logger, StringIO]:
    text = StringIO()
    handler = logging.StreamHandler(text)
    write_log_as(ObserveSettings.model_validate({"log_format": log_format}), [handler])
    logger = logging.getLogger(f"tests.logs.{log_format}")
    logger.handlers.clear()
    logger.propagate = False
    logger.addHandler(handler)
    return logger, text


def test_a_line_for_machines_says_when_what_and_where() -> None:
    logger, text = _logger("json")

    logger.warning("reading %s", "purchases/3", extra={"topic": "purchases", "partition": 3, "offset": 12})

    line = json.loads(text.getvalue())
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "tests.logs.json",
        "message": "reading purchases/3",
        "topic": "purchases",
        "partition": 3,
        "offset": 12,
    }


def test_a_traceback_stays_in_its_line() -> None:
    logger, text = _logger("json")

    try:
        json.loads("two\nlines")
    except ValueError:
        logger.exception("it failed")

    (line,) = text.getvalue().splitlines()
    assert "JSONDecodeError" in json.loads(line)["exception"]


def test_a_line_for_people_is_left_as_it_is() -> None:
    logger, text = _logger("text")

    logger.warning("reading on", extra={"topic": "purchases"})

    assert text.getvalue() == "reading on\n"


def test_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="log_format"):
        ObserveSettings.model_validate({"log_format": "xml"})
