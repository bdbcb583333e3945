"""What cannot be done becomes a dead letter, so that its partition goes on: a page, whole, or a customer's review."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from faust.types import Message

from schemas.dead_letter import CUSTOMERS, Refusal, encode_dead_letter, letter_of
from schemas.errors import CustomerFailedError
from schemas.moments import from_ms

DEAD_LETTERS: Final = "dead_letters"

Letter = tuple[str, bytes, bytes]
"""Topic, key and value of a record."""

PageLetter = Callable[[Message, str], Letter]
"""Makes a dead letter of a page and the traceback that says why it cannot be folded."""

CustomerLetter = Callable[[int, CustomerFailedError, str], Letter]
"""Makes a dead letter of a partition, the customer in it, and the traceback that says why it cannot be reviewed."""

_NUMBER_BYTES: Final = 6


def set_page_aside(message: Message, problem: str) -> Letter:
    """Make the dead letter of a page.

    Args:
        message: The page.
        problem: The traceback of what went wrong.
    """
    letter = letter_of(
        Refusal("unprocessable", problem),
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        refused_at=from_ms(round(message.timestamp * 1000)),
        key=b"",
        value=message.value or b"",
    )
    return DEAD_LETTERS, f"{message.topic}/{message.partition}/{message.offset}".encode(), encode_dead_letter(letter)


def set_customer_aside(partition: int, failed: CustomerFailedError, problem: str) -> Letter:
    """Make the dead letter of a customer: the id as its key, the state as its bytes.

    Nothing of it was read from a topic, so its offset is a number made of the customer and the watermark.

    Args:
        partition: The customer's.
        failed: Who it is.
        problem: The traceback of what went wrong.
    """
    number = blake2b(b"%s %d" % (failed.key, failed.clock), digest_size=_NUMBER_BYTES).digest()
    offset = int.from_bytes(number, "big")
    letter = letter_of(
        Refusal("unprocessable", f"{failed}: {problem}"),
        topic=CUSTOMERS,
        partition=partition,
        offset=offset,
        refused_at=from_ms(failed.clock),
        key=failed.key,
        value=failed.state,
    )
    return DEAD_LETTERS, f"{CUSTOMERS}/{partition}/{offset}".encode(), encode_dead_letter(letter)
