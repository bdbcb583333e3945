"""The messages that go into intake, and the batch that leaves it in one piece."""

from collections import Counter
from typing import Protocol

import msgspec

from schemas.pages.page import Headers
from schemas.trace import Headers as MessageHeaders
from streams.intake.clock import SourcePosition


class RawMessage(Protocol):
    """The part of a message that intake needs; confluent-kafka's has it."""

    def topic(self) -> str | None:
        """Raw topic."""

    def partition(self) -> int | None:
        """Raw partition."""

    def offset(self) -> int | None:
        """Raw offset."""

    def timestamp(self) -> tuple[int, int]:
        """Kind of timestamp, and milliseconds since 1970, negative where there is none."""

    def key(self) -> str | bytes | None:
        """The key as it was published."""

    def value(self) -> str | bytes | None:
        """The bytes as they were published."""

    def headers(self) -> MessageHeaders | None:
        """The headers as they were published."""


class PageOut(msgspec.Struct, frozen=True):
    """A page or a heartbeat to be sent to a partition of ``interactions``."""

    partition: int
    value: bytes
    headers: Headers


class DeadLetterOut(msgspec.Struct, frozen=True):
    """A dead letter to be sent."""

    key: bytes
    value: bytes


class OutgoingBatch(msgspec.Struct, frozen=True):
    """Records and offsets that leave together, wholly or not at all.

    Attributes:
        pages: Pages and heartbeats, in the order of their partitions' lines.
        dead_letters: Refused messages.
        positions: Raw offsets to commit; never empty, so that an intake that lost its partitions cannot send.
        lines: Lines in the pages.
        clock: The clock on the last page of every partition.
        events: Messages read, by raw topic.
        refusals: Dead letters, by reason.
    """

    pages: list[PageOut]
    dead_letters: list[DeadLetterOut]
    positions: list[SourcePosition]
    lines: int
    clock: int
    events: Counter[str]
    refusals: Counter[str]

    @property
    def heartbeats(self) -> int:
        """Return the number of pages without lines."""
        return sum(not page.value for page in self.pages)
