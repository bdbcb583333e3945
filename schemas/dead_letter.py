"""What was refused, why, and where it lies, so that it can be mended and sent again."""

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Final, Literal, get_args

import msgspec

Reason = Literal["not_json", "invalid", "from_the_future", "too_old", "too_large", "unknown_currency", "unprocessable"]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
"""The last is not upstream's fault: a whole page that a worker could not fold, or a customer (see
``CUSTOMERS``) whom it could not review, with the traceback."""

CUSTOMERS: Final = "customers"
"""Stands for the topic in a dead letter that holds a customer's state; nothing was read there."""

MAX_ORIGINAL_BYTES: Final = 2 * 1024 * 1024
"""A longer original is cut here; its coordinates still name the whole."""


class Refusal(msgspec.Struct, frozen=True):
    """Why a message cannot become an interaction.

    Attributes:
        reason: One of the published reasons.
        detail: What exactly is wrong, for the person who publishes; for ``invalid``, pydantic's errors as JSON.
    """

    reason: Reason
    detail: str


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One refused message, as it lies on ``dead_letters`` and in ClickHouse.

    Attributes:
        topic: Where it was read.
        partition: Its partition there.
        offset: Its offset there; the three together name the letter.
        reason: One of the published reasons.
        detail: What exactly is wrong.
        refused_at: When Kafka says that it was published.
        original_base64: The message's bytes, untouched, in base64, since they may be anything.
        original_size: Their number before any cut.
        key_base64: The message's key in base64, empty where it had none.
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
        """The bytes as they were published, at most ``MAX_ORIGINAL_BYTES`` of them."""
        return b64decode(self.original_base64)

    @property
    def key(self) -> bytes:
        """The message's key, empty where it had none."""
        return b64decode(self.key_base64)


def letter_of(
    refusal: Refusal, *, topic: str, partition: int, offset: int, refused_at: datetime, key: bytes, value: bytes
) -> DeadLetter:
    """Put a refused message into its envelope.

    Args:
        refusal: Why it was refused.
        topic: Where it was read.
        partition: Its partition there.
        offset: Its offset there.
        refused_at: Kafka's timestamp of the message.
        key: The message's key, empty where it had none.
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
