"""Redrive of dead letters: their original bytes go back to the topics that they were read from."""

import time
from collections.abc import Callable, Iterable, Sequence

import msgspec

from runtime.service.signals import Interrupts
from schemas.events.dead_letter import DeadLetter
from schemas.events.history import HistoryLine
from schemas.pages.page import Headers, Page, encode_headers
from schemas.topics import INTERACTIONS
from streams.intake.partition import split_by_customer
from streams.publish.publish import Publisher
from streams.settings import Settings


def redrive(
    letters: Sequence[DeadLetter], settings: Settings, name: str, rate: float, report: Callable[[float], None]
) -> None:
    """Send dead letters back.

    Args:
        letters: Each with all of its original bytes.
        settings: Where Kafka is, and how many customer partitions there are.
        name: Unique among running publishers.
        rate: Messages a second at most.
        report: Told how many have been sent so far.

    Raises:
        ServerUnreachableError: Kafka does not answer.
        KeyboardInterrupt: Told to end.
    """
    publisher = Publisher(settings.kafka, "now", name, Interrupts().listen())
    step = max(round(rate / 10), 1)
    for first in range(0, len(letters), step):
        part = letters[first : first + step]
        for page in (letter for letter in part if letter.topic == INTERACTIONS):
            for partition, lines in _pages_of(page, settings.kafka.interactions_partitions):
                publisher.send_page(partition, lines, _headers_of(lines))
        publisher.send(_line_of(letter) for letter in part if letter.topic != INTERACTIONS)
        report(first + len(part))
        time.sleep(len(part) / rate)


def _line_of(letter: DeadLetter) -> HistoryLine:
    return HistoryLine(letter.topic, letter.original, None)


def _pages_of(letter: DeadLetter, partitions: int) -> Iterable[tuple[int, bytes]]:
    """A page whose lines cannot be read goes back to where it was, and is set aside again until a worker can."""
    try:
        return split_by_customer(letter.original, partitions)
    except msgspec.DecodeError:
        return [(letter.partition, letter.original)]


def _headers_of(page: bytes) -> Headers:
    """A page that a worker had set aside says nothing new of time; its lines are folded as late ones."""
    return encode_headers(Page(source="redrive", lines=page.count(b"\n"), clock=0, progress={}, tells=True))
