"""Lines that a library repeats are logged now and then, with their number; our own are always logged."""

import logging
from collections.abc import Iterator

import pytest

from runtime.service.repeated_lines import RepeatsHeldBack


class Kept(logging.Handler):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.now = 0.0
        self.addFilter(RepeatsHeldBack(["library"], 10.0, lambda: self.now))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        self.lines.append(record.getMessage())


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler = Kept()
    names = ("library", "library.connection", "librarian")
    for name in names:
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).propagate = False
    yield handler
    for name in names:
        logging.getLogger(name).removeHandler(handler)


def complain(number: int) -> None:
    """Say from one place what a hundred others would say."""
    logging.getLogger("library.connection").error("Node %d is away", number)


def test_a_place_that_repeats_itself_is_heard_once(kept: Kept) -> None:
    for number in range(100):
        complain(number)
    assert kept.lines == ["Node 0 is away"]


def test_what_was_held_back_is_counted_when_the_place_speaks_again(kept: Kept) -> None:
    for number in range(100):
        complain(number)
    kept.now = 12.0
    complain(7)
    assert kept.lines[1:] == ["Node 7 is away (and 99 more like it in the 12 s before)"]


def test_a_place_that_speaks_seldom_is_heard_as_it_is(kept: Kept) -> None:
    complain(1)
    kept.now = 10.0
    complain(2)
    assert kept.lines == ["Node 1 is away", "Node 2 is away"]


def test_another_place_is_heard_at_once(kept: Kept) -> None:
    complain(1)
    logging.getLogger("library").error("Something else")
    assert kept.lines == ["Node 1 is away", "Something else"]


def test_nobody_else_is_held_back(kept: Kept) -> None:
    for _ in range(3):
        logging.getLogger("librarian").error("Read this")
    assert kept.lines == ["Read this"] * 3
