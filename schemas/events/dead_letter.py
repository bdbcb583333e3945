"""Dead letters: refused messages with the reason, so that they can be corrected and sent again."""

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Final, Literal, get_args

import msgspec

Reason = Literal["not_json", "invalid", "from_the_future", "too_old", "too_large", "unknown_currency", "unprocessable"]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
"""``unprocessable`` is not upstream's fault: a page that a worker could not fold, or a customer (see ``CUSTOMERS``)
that it could not review, with the traceback."""

CUSTOMERS: Final = "customers"
"""Takes the place of the topic in a dead letter that holds a customer's state."""

MAX_ORIGINAL_BYTES: Final = 2 * 1024 * 1024
"""Length at which a longer original is cut; its coordinates still identify the whole."""


class Refusal(msgspec.Struct, frozen=True):
    """Refusal of a message.

    Attributes:
        reason: One of the published reasons.
        detail: Explanation for the publisher; for ``invalid``, pydantic's errors as JSON.
    """

    reason: Reason
    detail: str


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One refused message, on ``dead_letters`` and in ClickHouse.

    Attributes:
        topic: Topic of the message.
        partition: Partition of the message.
        offset: Offset of the message; topic, partition and offset identify the dead letter.
        reason: One of the published reasons.
        detail: Explanation of the refusal.
        refused_at: Kafka's timestamp of the message.
        original_base64: The message's bytes, unchanged, in base64, since they may be anything.
        original_size: Length of the message in bytes, before any cut.
        key_base64: The message's key in base64; empty if it had none.
    """

    topic: str
    partition: int
    offset: int
    reason: Reason
    detail: str
    refused_at: datetime
    original_base64: str
    original_size: int
    key_base64: str = ""

    @property
    def original(self) -> bytes:
        """The published bytes, at most ``MAX_ORIGINAL_BYTES`` of them."""
        return b64decode(self.original_base64)

    @property
    def key(self) -> bytes:
        """The message's key; empty if it had none."""
        return b64decode(self.key_base64)


def dead_letter_of(
    refusal: Refusal, *, topic: str, partition: int, offset: int, refused_at: datetime, key: bytes, value: bytes
) -> DeadLetter:
    """Return the dead letter of a refused message.

    Args:
        refusal: Reason and detail.
        topic: Topic of the message.
        partition: Partition of the message.
        offset: Offset of the message.
        refused_at: Kafka's timestamp of the message.
        key: The message's key; empty if it had none.
        value: The message's bytes.
    """
    return DeadLetter(
        topic=topic,
        partition=partition,
        offset=offset,
        reason=refusal.reason,
        detail=refusal.detail,
        refused_at=refused_at,
        original_base64=b64encode(value[:MAX_ORIGINAL_BYTES]).decode("ascii"),
        original_size=len(value),
        key_base64=b64encode(key).decode("ascii"),
    )


encode_dead_letter: Final = msgspec.json.Encoder().encode
decode_dead_letter: Final = msgspec.json.Decoder(DeadLetter).decode
