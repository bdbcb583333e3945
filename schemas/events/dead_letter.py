"""Dead letters: refused messages with the reason, so that they can be corrected and sent again."""

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Final, Literal, get_args

import msgspec
from pydantic_core import from_json

Reason = Literal[
    "not_json",
    "invalid",
    "from_the_future",
    "too_old",
    "too_large",
    "unknown_currency",
    "id_reused",
    "unprocessable",
]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
"""``unprocessable`` is not upstream's fault: a page that a worker could not fold, or a customer (see ``CUSTOMERS``)
that it could not review, with the traceback. ``id_reused`` is found by workers, too, which no longer have the bytes:
the original is an object of the event's ids, and the message lies at its coordinates while Kafka keeps it."""

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
    def refusal(self) -> Refusal:
        """The reason and its detail."""
        return Refusal(self.reason, self.detail)

    @property
    def original(self) -> bytes:
        """The published bytes, at most ``MAX_ORIGINAL_BYTES`` of them."""
        return b64decode(self.original_base64)

    @property
    def key(self) -> bytes:
        """The message's key; empty if it had none."""
        return b64decode(self.key_base64)


class NamedIds(msgspec.Struct, frozen=True):
    """Ids that a refused message gives, as far as they can be read; empty where they cannot.

    Attributes:
        event_id: Upstream's id of the event.
        customer_id: Id of the customer.
    """

    event_id: str
    customer_id: str


def reused_id_letter(
    *, event_id: str, customer_id: str, topic: str, partition: int, offset: int, refused_at: datetime
) -> DeadLetter:
    """Return the dead letter of an event whose id an earlier one of the customer had, which said something else.

    Args:
        event_id: Id of both events.
        customer_id: Id of the customer.
        topic: Raw topic of the later event, and so on.
        partition: Its raw partition.
        offset: Its raw offset.
        refused_at: Kafka's timestamp of it.
    """
    detail = (
        f"event_id {event_id} was used before for an event of this customer that says something else; the first by "
        f"Kafka's timestamp and place counts (stayline trace), and this one at {topic}/{partition}/{offset} does not: "
        "publish it again under an id of its own"
    )
    return dead_letter_of(
        Refusal("id_reused", detail),
        topic=topic,
        partition=partition,
        offset=offset,
        refused_at=refused_at,
        key=customer_id.encode(),
        value=msgspec.json.encode(NamedIds(event_id, customer_id)),
    )


def ids_in(original: bytes) -> NamedIds:
    """Return the ids in a message that need not be valid, nor whole."""
    try:
        found = from_json(original, allow_partial="trailing-strings")
    except ValueError:
        found = None
    fields = found if isinstance(found, dict) else {}
    return NamedIds(*(_text_of(fields.get(name)) for name in NamedIds.__struct_fields__))


def visible(text: str) -> str:
    """Return a text in which every character that cannot be seen, except new lines, is escaped."""
    return "".join(one if one.isprintable() or one == "\n" else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _text_of(value: object) -> str:
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


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
