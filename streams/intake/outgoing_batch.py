"""What goes into intake, and what comes out of it in one piece."""

from collections import Counter
from typing import Protocol

import msgspec

from schemas.pages import Headers
from schemas.trace import Headers as MessageHeaders
from streams.intake.clock import Place


class RawMessage(Protocol):
    """What the step needs of a message; confluent-kafka's has it."""

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
        """What was published beside them."""


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
    """What leaves together, wholly or not at all.

    Attributes:
        pages: Pages and heartbeats, in the order of their partitions' lines.
        dead_letters: Refused messages.
        places: Raw offsets to commit; never empty, so that a source that lost its partitions cannot ship.
        lines: Lines in the pages.
        clock: The clock on the last page of every partition.
        events: Messages read, by raw topic.
        refusals: Dead letters, by reason.
    """

    pages: list[PageOut]
    dead_letters: list[DeadLetterOut]
    places: list[Place]
    lines: int
    clock: int
    events: Counter[str]
    refusals: Counter[str]

    @property
    def heartbeats(self) -> int:
        """Pages without lines."""
        return sum(not page.value for page in self.pages)
