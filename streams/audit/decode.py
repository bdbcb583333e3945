"""Decodes records into columns, of each only what is compared."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from confluent_kafka import Message

from customers.encoding.encode import StateError, decode_customer
from customers.memory import is_remembered
from runtime.kafka.offsets import Place
from schemas.errors import FatalError
from schemas.pages.page import PageError, decode_lines_as
from streams.audit.fingerprint import Numbers, Prints, fingerprints
from streams.audit.index import Lines
from streams.worker.engine.shard_feed import FEED_KEY


class _AuditedLine(msgspec.Struct, frozen=True, gc=False):
    event_id: str
    customer_id: str
    source_topic: str
    source_partition: int
    source_offset: int


class _DeadLetter(msgspec.Struct, frozen=True, gc=False):
    topic: str
    partition: int
    offset: int
    reason: str


_decode_line: Final = msgspec.json.Decoder(_AuditedLine).decode
_decode_dead_letter: Final = msgspec.json.Decoder(_DeadLetter).decode


class PartitionNumbers:
    """Raw partitions by number."""

    def __init__(self, topics: Sequence[str], width: int) -> None:
        """Number them.

        Args:
            topics: Their topics.
            width: Numbers kept for each topic; none has more partitions.
        """
        self.topics = tuple(topics)
        self.width = width
        self._starts = {topic: number * width for number, topic in enumerate(topics)}

    def number(self, topic: str, partition: int) -> int:
        """The number of a raw partition.

        Raises:
            FatalError: It came up after the audit began, or its topic is none of ours.
        """
        start = self._starts.get(topic)
        if start is None or partition >= self.width:
            raise FatalError(f"{topic} {partition} was not there when the audit began; start it again")
        return start + partition

    def until(self, committed: Iterable[tuple[Place, int]]) -> Numbers:
        """Offsets by number, 0 where none is given."""
        offsets = np.zeros(len(self.topics) * self.width, np.int64)
        for place, offset in committed:
            offsets[self.number(*place)] = offset
        return offsets


def lines_of(
    messages: Iterable[Message], places: PartitionNumbers, home_of: Callable[[str], int]
) -> Iterator[tuple[int, Lines]]:
    """Yield the events on some pages by the partition that their customers belong to.

    Pages from before a growth lie on the partitions of then; states, and what ClickHouse counts, on those of now.

    Args:
        messages: Pages.
        places: Raw partitions.
        home_of: The partition of a customer.

    Raises:
        FatalError: A record is no page, or names a place that is not known.
    """
    read = [(message.offset() or 0, line) for message in messages for line in _read_page(message)]
    homes = np.array([home_of(line.customer_id) for _, line in read], np.int64)
    lines = _events(read, places)
    for home in np.unique(homes).tolist():
        yield home, lines.select(homes == home)


def _events(read: Sequence[tuple[int, _AuditedLine]], places: PartitionNumbers) -> Lines:
    lines = [line for _, line in read]
    return Lines(
        fingerprints(line.event_id.encode() for line in lines),
        fingerprints(line.customer_id.encode() for line in lines),
        np.array([places.number(line.source_topic, line.source_partition) for line in lines], np.int64),
        np.array([line.source_offset for line in lines], np.int64),
        np.array([logged for logged, _ in read], np.int64),
    )


def dead_letters_of(messages: Iterable[Message], places: PartitionNumbers) -> dict[str, Lines]:
    """Dead letters by reason.

    Raises:
        FatalError: A record is no dead letter, or names a place that is not known.
    """
    by_reason: dict[str, list[tuple[int, _DeadLetter]]] = {}
    for message in messages:
        letter = _read_dead_letter(message)
        by_reason.setdefault(letter.reason, []).append((message.offset() or 0, letter))
    return {reason: _columns(read, places) for reason, read in by_reason.items()}


@dataclass(frozen=True, slots=True)
class States:
    """The latest states of some customers, in columns of one length.

    Attributes:
        keys: Fingerprints of the customers.
        seen: How many events each has seen, those that wait in it included; 0 of one that is deleted or unreadable.
        unreadable: Who, where on the changelog and why, by fingerprint, of those that cannot be read.
    """

    keys: Prints
    seen: Numbers
    unreadable: Mapping[int, str]


def states_of(messages: Iterable[Message]) -> States:
    """Return how many events the latest state of each customer has seen."""
    latest = {_bytes(message.key()): message for message in messages if message.key() != FEED_KEY}
    keys = fingerprints(latest)
    seen, unreadable = np.zeros(len(keys), np.int64), {}
    for number, (key, message) in enumerate(latest.items()):
        try:
            seen[number] = _events_seen(message.value())
        except StateError as error:
            place = f"partition {message.partition()}, offset {message.offset()}"
            unreadable[int(keys[number])] = f"{_text(key)} (changelog, {place}: {error})"
    return States(keys, seen, unreadable)


def event_names(message: Message) -> Iterable[str]:
    """Event ids on a page."""
    return [line.event_id for line in _read_page(message)]


def customer_names(message: Message) -> Iterable[str]:
    """Customers on a page."""
    return {line.customer_id for line in _read_page(message)}


def state_names(message: Message) -> Iterable[str]:
    """The customer whose state it is."""
    return [] if message.key() == FEED_KEY else [_text(_bytes(message.key()))]


def dead_letter_names(message: Message) -> Iterable[str]:
    """Return the name of a dead letter; nothing where it takes one back."""
    return [_name(_read_dead_letter(message))] if message.value() else []


def _columns(read: list[tuple[int, _DeadLetter]], places: PartitionNumbers) -> Lines:
    prints = fingerprints(_name(letter).encode() for _, letter in read)
    return Lines(
        prints,
        prints,
        np.array([places.number(letter.topic, letter.partition) for _, letter in read], np.int64),
        np.array([letter.offset for _, letter in read], np.int64),
        np.array([logged for logged, _ in read], np.int64),
    )


def _name(letter: _DeadLetter) -> str:
    return f"{letter.topic}/{letter.partition}/{letter.offset}"


def _read_page(message: Message) -> list[_AuditedLine]:
    try:
        return decode_lines_as(_bytes(message.value()), _decode_line)
    except PageError as error:
        raise FatalError(f"{message.topic()} {message.partition()} at {message.offset()}: {error}") from None


def _read_dead_letter(message: Message) -> _DeadLetter:
    try:
        return _decode_dead_letter(_bytes(message.value()))
    except msgspec.DecodeError as error:
        raise FatalError(f"{message.topic()} {message.partition()} at {message.offset()}: {error}") from None


def _events_seen(value: str | bytes | None) -> int:
    if value is None:
        return 0
    customer = decode_customer(_bytes(value))
    waiting = {fact.event for fact in customer.pending if not is_remembered(customer, fact.event)}
    bought = customer.purchases + customer.parts
    return bought + customer.returns + customer.contacts + customer.told + len(waiting)


def _text(key: bytes) -> str:
    return key.decode("utf-8", "replace")


def _bytes(value: str | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b"" if value is None else value.encode()
