"""Dead letters of what the engine cannot do, so that its partition goes on: a whole page, or a customer's review."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from schemas.errors import CustomerFailedError
from schemas.events.dead_letter import CUSTOMERS, Refusal, dead_letter_of, encode_dead_letter
from schemas.moments import from_ms
from schemas.topics import DEAD_LETTERS
from streams.faust.protocol import FetchedRecord

Letter = tuple[str, bytes, bytes]
"""Topic, key and value of a record."""

PageLetter = Callable[[FetchedRecord, str], Letter]
"""Makes a dead letter of a page and the traceback that says why it cannot be folded."""

CustomerLetter = Callable[[int, CustomerFailedError, str], Letter]
"""Makes a dead letter of a partition, the customer in it, and the traceback that says why it cannot be reviewed."""

_NUMBER_BYTES: Final = 6


def quarantine_page(page: FetchedRecord, problem: str) -> Letter:
    """Make the dead letter of a page.

    Args:
        page: The page.
        problem: The traceback of the failure.
    """
    letter = dead_letter_of(
        Refusal("unprocessable", problem),
        topic=page.topic,
        partition=page.partition,
        offset=page.offset,
        refused_at=from_ms(page.timestamp),
        key=b"",
        value=page.value,
    )
    return DEAD_LETTERS, f"{page.topic}/{page.partition}/{page.offset}".encode(), encode_dead_letter(letter)


def quarantine_customer(partition: int, failed: CustomerFailedError, problem: str) -> Letter:
    """Make the dead letter of a customer: the id as its key, the state as its bytes.

    Nothing of it was read from a topic, so its offset is a number made of the customer and the watermark.

    Args:
        partition: The customer's.
        failed: The customer.
        problem: The traceback of the failure.
    """
    number = blake2b(b"%s %d" % (failed.key, failed.clock), digest_size=_NUMBER_BYTES).digest()
    offset = int.from_bytes(number, "big")
    letter = dead_letter_of(
        Refusal("unprocessable", f"{failed}: {problem}"),
        topic=CUSTOMERS,
        partition=partition,
        offset=offset,
        refused_at=from_ms(failed.clock),
        key=failed.key,
        value=failed.state,
    )
    return DEAD_LETTERS, f"{CUSTOMERS}/{partition}/{offset}".encode(), encode_dead_letter(letter)
